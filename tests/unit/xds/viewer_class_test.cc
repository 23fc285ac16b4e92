// Who is told what: the catalog as clients in different places see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode.h"
#include "dialled_names.h"
#include "sample_view.h"
#include "xds/catalog.h"
#include "xds/response_cache.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const ViewerClass kHostClass;

class ViewerClassTest : public ::testing::Test {
 protected:
  ViewerClass Enter(std::set<std::string> network_ids, const std::string& project = "") {
    return catalog_.Enter({.network_ids = std::move(network_ids)}, project);
  }
  CatalogChanges Publish(const SampleView& view) {
    const fleet::ServiceViewPtr shared = view;
    return catalog_.Apply({&shared, 1}, {});
  }
  CatalogChanges Drop(const ServiceName& service) { return catalog_.Apply({}, {&service, 1}); }

  ResourcePtr Endpoints(const ViewerClass& viewers, const std::string& name = "user.shop") {
    return catalog_.Find(viewers, Flavour::kGrpc, ResourceType::kEndpoints, name);
  }
  // "10.0.0.1 10.0.0.2" as these viewers are told, "-" for none.
  std::string Told(const ViewerClass& viewers) {
    std::string out;
    const auto assignment = Decode<ClusterLoadAssignment>(Endpoints(viewers));
    for (const auto& locality : assignment.endpoints()) {
      for (const auto& endpoint : locality.lb_endpoints()) {
        out += (out.empty() ? "" : " ") + endpoint.endpoint().address().socket_address().address();
      }
    }
    return out.empty() ? "-" : out;
  }
  // What changed for these viewers: "endpoints user.shop", with "!" in front when urgent.
  static std::vector<std::string> Heard(const CatalogChanges& changes, const ViewerClass& viewers,
                                        Flavour flavour = Flavour::kGrpc) {
    std::vector<std::string> out;
    for (const ResourceChange& change : changes.resources[Index(flavour)]) {
      if (change.table == TableOf(change.type, viewers)) {
        out.push_back((change.is_urgent ? "!" : "") + std::string(TypeName(change.type)) + " " +
                      change.name);
      }
    }
    return out;
  }

  Catalog catalog_{CatalogOptions{.envoy_listeners = {{"edge", "0.0.0.0", 8080}}}};
};

const fleet::Endpoint kAtNorth = EndpointOn({{"north", "10.0.0.1"}});
const fleet::Endpoint kAtSouth = EndpointOn({{"south", "10.0.1.1"}});
const fleet::Endpoint kBoth = EndpointOn({{"north", "10.0.0.9"}, {"south", "10.0.1.9"}});

TEST_F(ViewerClassTest, ClientsOnDisjointNetworksAreToldDifferentAddressesAndOnlyOnesTheyReach) {
  const ViewerClass north = Enter({"north"});
  const ViewerClass south = Enter({"south"});
  const ViewerClass elsewhere = Enter({"elsewhere"});
  Publish({.endpoints = {kAtNorth, kAtSouth, kBoth}});
  EXPECT_EQ(Told(north), "10.0.0.1 10.0.0.9");
  EXPECT_EQ(Told(south), "10.0.1.1 10.0.1.9");
  EXPECT_EQ(Told(elsewhere), "-");
  EXPECT_EQ(Told(kHostClass), "10.0.0.1 10.0.1.1 10.0.0.9");
  EXPECT_THAT(catalog_.LeftOut(north, "user.shop"), ElementsAre("at 10.0.1.1"));
  EXPECT_THAT(catalog_.LeftOut(elsewhere, "user.shop").size(), 3);
  EXPECT_THAT(catalog_.LeftOut(kHostClass, "user.shop"), IsEmpty());
}

TEST_F(ViewerClassTest, ViewersOfTheSamePlaceShareAClass) {
  EXPECT_EQ(Enter({"north", "south"}, "shop"), Enter({"south", "north"}, "shop"));
  EXPECT_EQ(Enter({"north"}, "shop").networks, Enter({"north"}, "office").networks);
  EXPECT_EQ(Enter({"north"}, "shop").names, Enter({"south"}, "shop").names);
  EXPECT_EQ(catalog_.Enter({}, ""), kHostClass);
}

TEST_F(ViewerClassTest, EqualAddressesAreOneResourceWhoeverIsToldThem) {
  const ViewerClass north = Enter({"north"});
  const ViewerClass wide = Enter({"north", "empty"});
  Publish({.revision = 1, .endpoints = {kAtNorth}});
  EXPECT_EQ(Endpoints(north), Endpoints(kHostClass)) << "made for its first reader";
  EXPECT_EQ(Endpoints(wide), Endpoints(kHostClass));
  Publish({.revision = 2, .endpoints = {kBoth, kAtSouth}});
  EXPECT_EQ(Endpoints(north), Endpoints(wide)) << "made by a new view";
  EXPECT_NE(Endpoints(north), Endpoints(kHostClass));
  EXPECT_EQ(Endpoints(north)->content, Endpoints(wide)->content);
}

TEST_F(ViewerClassTest, AChangeIsHeardByThoseWhoSeeADifferenceAndByNobodyElse) {
  const ViewerClass north = Enter({"north"});
  const ViewerClass south = Enter({"south"});
  Publish({.revision = 1, .endpoints = {kAtNorth, kAtSouth}});
  Endpoints(north);
  const ResourcePtr before = Endpoints(south);
  const CatalogChanges changes = Publish({.revision = 2, .endpoints = {kAtSouth}});
  EXPECT_THAT(Heard(changes, north), ElementsAre("!endpoints user.shop"));
  EXPECT_THAT(Heard(changes, south), IsEmpty());
  EXPECT_THAT(Heard(changes, kHostClass), ElementsAre("!endpoints user.shop"));
  EXPECT_EQ(Endpoints(south), before);
  EXPECT_THAT(changes.published.at(0).unchanged, ElementsAre(south.networks));
}

TEST_F(ViewerClassTest, AClassThatHasAskedForNothingCostsAChangeNothing) {
  const ViewerClass north = Enter({"north"});
  Publish({.revision = 1, .endpoints = {kAtSouth}});
  EXPECT_THAT(Heard(Publish({.revision = 2, .endpoints = {kAtNorth}}), north), IsEmpty());
  EXPECT_EQ(Told(north), "10.0.0.1");
}

TEST_F(ViewerClassTest, WhoeverAskedBeforeAServiceExistedHearsOfIt) {
  const ViewerClass north = Enter({"north"});
  EXPECT_EQ(Endpoints(north), nullptr);
  const CatalogChanges changes = Publish({.endpoints = {kAtNorth}});
  EXPECT_THAT(Heard(changes, north), ::testing::Contains("endpoints user.shop"));
}

TEST_F(ViewerClassTest, ADroppedServiceHasNoEndpointsForAnybodyUntilItIsPurged) {
  const ViewerClass north = Enter({"north"});
  const ViewerClass south = Enter({"south"});
  Publish({.endpoints = {kAtNorth}});
  Endpoints(north);
  EXPECT_THAT(Heard(Drop({"shop", "user"}), north), ::testing::Contains("!endpoints user.shop"));
  EXPECT_EQ(Told(north), "-");
  EXPECT_EQ(Endpoints(south), Endpoints(north)) << "also for its first reader";
  EXPECT_THAT(Heard(catalog_.Purge({"shop", "user"}), north),
              UnorderedElementsAre("clusters user.shop", "endpoints user.shop"));
  EXPECT_EQ(Endpoints(north), nullptr);
}

TEST_F(ViewerClassTest, IsDroppedWithItsLastStreamAndNeverTakenForALaterOne) {
  const ViewerClass first = Enter({"north"}, "shop");
  EXPECT_EQ(Enter({"north"}, "shop"), first);
  Publish({.endpoints = {kAtNorth}});
  EXPECT_FALSE(catalog_.Leave(first));
  EXPECT_EQ(Told(first), "10.0.0.1");
  EXPECT_TRUE(catalog_.Leave(first));
  EXPECT_EQ(Endpoints(first), nullptr);
  const CatalogChanges changes = Publish({.revision = 2, .endpoints = {kAtNorth, kBoth}});
  EXPECT_THAT(Heard(changes, first), IsEmpty());
  const ViewerClass second = Enter({"north"}, "shop");
  EXPECT_NE(second.networks, first.networks);
  EXPECT_NE(second.names, first.names);
  EXPECT_EQ(Told(second), "10.0.0.1 10.0.0.9");
}

TEST_F(ViewerClassTest, ASharedShortNameIsTheirOwnServiceToClientsOfEachProject) {
  const ViewerClass shop = Enter({"north"}, "shop");
  const ViewerClass office = Enter({"north"}, "office");
  Publish({.project = "shop"});
  EXPECT_EQ(Dial(catalog_, office, "user"), "user.shop") << "one project on the host has it";
  Publish({.project = "staging"});
  for (const std::string port : {"", ":50051"}) {
    EXPECT_EQ(Dial(catalog_, shop, "user" + port), "user.shop");
    EXPECT_EQ(Dial(catalog_, office, "user" + port), "-") << "of neither project";
    EXPECT_EQ(Dial(catalog_, kHostClass, "user" + port), "-");
    EXPECT_EQ(Dial(catalog_, Enter({"north"}, "staging"), "user" + port), "user.staging")
        << "came later";
    EXPECT_EQ(Dial(catalog_, shop, "user.staging" + port), "user.staging");
  }
}

TEST_F(ViewerClassTest, AShortNameFollowsTheProjectsThatHaveIt) {
  const ViewerClass shop = Enter({"north"}, "shop");
  Publish({.project = "shop"});
  Publish({.project = "staging"});
  EXPECT_THAT(Heard(Publish({.project = "shop", .revision = 2, .port = 7}), shop),
              ::testing::IsSupersetOf({"listeners user:50051", "listeners user:7"}));
  EXPECT_EQ(Dial(catalog_, shop, "user:7"), "user.shop");
  EXPECT_EQ(Dial(catalog_, shop, "user:50051"), "-");
  const CatalogChanges changes = Drop({"shop", "user"});
  EXPECT_THAT(Heard(changes, shop),
              ::testing::IsSupersetOf({"listeners user", "listeners user:7"}));
  EXPECT_EQ(Dial(catalog_, shop, "user"), "user.staging") << "the only one left";
  Publish({.project = "shop"});
  EXPECT_EQ(Dial(catalog_, shop, "user"), "user.shop");
  Drop({"staging", "user"});
  EXPECT_EQ(Dial(catalog_, shop, "user"), "user.shop");
  EXPECT_EQ(Dial(catalog_, kHostClass, "user"), "user.shop");
}

TEST_F(ViewerClassTest, AnEnvoysShortAuthoritiesFollowTheSameRule) {
  const ViewerClass shop = Enter({"north"}, "shop");
  Publish({.project = "shop"});
  EXPECT_EQ(catalog_.Find(shop, Flavour::kEnvoy, ResourceType::kRoute, "services"),
            catalog_.Find(kHostClass, Flavour::kEnvoy, ResourceType::kRoute, "services"));
  const CatalogChanges changes = Publish({.project = "staging"});
  EXPECT_THAT(Heard(changes, shop, Flavour::kEnvoy), ::testing::Contains("routes services"));
  EXPECT_THAT(EnvoyDomains(catalog_, kHostClass),
              ElementsAre("user.shop as user.shop", "user.staging as user.staging"));
  EXPECT_THAT(
      EnvoyDomains(catalog_, shop),
      ElementsAre("user.shop as user.shop", "user.shop as user", "user.staging as user.staging"));
  EXPECT_EQ(EnvoyDomains(catalog_, Enter({}, "shop")), EnvoyDomains(catalog_, shop));
  Drop({"staging", "user"});
  EXPECT_EQ(EnvoyDomains(catalog_, shop), EnvoyDomains(catalog_, kHostClass));
}

TEST_F(ViewerClassTest, CompleteSetsHoldWhatTheProjectSees) {
  ResponseCache responses(catalog_);
  const ViewerClass shop = Enter({"north"}, "shop");
  const Subscription both{.is_wildcard = false, .names = {"user", "user.staging"}};
  Publish({.project = "shop"});
  Publish({.project = "staging"});
  const auto version = [&](const ViewerClass& viewers) {
    return responses.CompleteSet(viewers, Flavour::kGrpc, ResourceType::kListener, both).content;
  };
  const std::uint64_t before = version(shop);
  EXPECT_NE(before, version(kHostClass));
  Drop({"staging", "user"});
  EXPECT_NE(version(shop), before) << "made anew though only the host's tables changed";
  EXPECT_EQ(version(shop), version(kHostClass));
  const Subscription all{.is_wildcard = true, .names = {}};
  EXPECT_EQ(
      responses.CompleteSet(shop, Flavour::kEnvoy, ResourceType::kListener, all).content,
      responses.CompleteSet(kHostClass, Flavour::kEnvoy, ResourceType::kListener, all).content);
}

}  // namespace
}  // namespace fairlead::xds
