#include "xds/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "decode.h"
#include "sample_view.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const ViewerClass kFromHost;

class CatalogTest : public ::testing::Test {
 protected:
  // What changed for one flavour: "endpoints user.shop", with "!" in front when urgent.
  static std::vector<std::string> Text(const CatalogChanges& changes, Flavour flavour) {
    std::vector<std::string> out;
    for (const ResourceChange& change : changes.resources[Index(flavour)]) {
      out.push_back((change.is_urgent ? "!" : "") + std::string(TypeName(change.type)) + " " +
                    change.name);
    }
    return out;
  }
  CatalogChanges Publish(const SampleView& view) {
    const fleet::ServiceViewPtr shared = view;
    return catalog_.Apply({&shared, 1}, {});
  }
  CatalogChanges Drop(const ServiceName& service) { return catalog_.Apply({}, {&service, 1}); }
  std::vector<std::string> Names(Flavour flavour, ResourceType type) const {
    std::vector<std::string> names;
    for (const auto& [name, resource] : catalog_.table(flavour, type)) {
      names.push_back(name);
    }
    return names;
  }
  std::vector<std::string> Listeners() const {
    return Names(Flavour::kGrpc, ResourceType::kListener);
  }

  Catalog catalog_{CatalogOptions{.envoy_listeners = {{"edge", "0.0.0.0", 8080}}}};
};

TEST_F(CatalogTest, ANewServiceBringsAllItsResources) {
  const CatalogChanges changes = Publish({});
  EXPECT_THAT(Text(changes, Flavour::kGrpc),
              UnorderedElementsAre("clusters user.shop", "endpoints user.shop", "routes user.shop",
                                   "listeners user", "listeners user:50051", "listeners user.shop",
                                   "listeners user.shop:50051"));
  EXPECT_THAT(Text(changes, Flavour::kEnvoy),
              UnorderedElementsAre("clusters user.shop", "endpoints user.shop", "routes services"));
}

TEST_F(CatalogTest, EnvoysListenersAndRoutesAreThereBeforeAnyService) {
  EXPECT_THAT(Names(Flavour::kEnvoy, ResourceType::kListener), ElementsAre("edge"));
  EXPECT_THAT(Names(Flavour::kEnvoy, ResourceType::kRoute), ElementsAre("services"));
}

TEST_F(CatalogTest, AnEndpointMoreChangesTheEndpointsAndNothingElse) {
  Publish({.revision = 1, .endpoints = {EndpointAt("10.0.0.1")}});
  const CatalogChanges changes =
      Publish({.revision = 2, .endpoints = {EndpointAt("10.0.0.1"), EndpointAt("10.0.0.2")}});
  for (const Flavour flavour : kFlavours) {
    EXPECT_THAT(Text(changes, flavour), ElementsAre("endpoints user.shop"));
  }
  EXPECT_EQ(catalog_.EndpointsRevision("user.shop"), 2u);
}

TEST_F(CatalogTest, AnEndpointThatLeavesIsUrgentEvenIfAnotherComes) {
  Publish({.revision = 1, .endpoints = {EndpointAt("10.0.0.1")}});
  EXPECT_THAT(Text(Publish({.revision = 2, .endpoints = {EndpointAt("10.0.0.2")}}), Flavour::kGrpc),
              ElementsAre("!endpoints user.shop"));
  EXPECT_THAT(Text(Publish({.revision = 3}), Flavour::kGrpc), ElementsAre("!endpoints user.shop"));
}

TEST_F(CatalogTest, BothFlavoursShareTheEndpointsBytes) {
  Publish({.endpoints = {EndpointAt("10.0.0.1")}});
  EXPECT_EQ(catalog_.Find(kFromHost, Flavour::kGrpc, ResourceType::kEndpoints, "user.shop"),
            catalog_.Find(kFromHost, Flavour::kEnvoy, ResourceType::kEndpoints, "user.shop"));
}

TEST_F(CatalogTest, ANewRevisionWithTheSameContentChangesNoResource) {
  Publish({.revision = 1, .endpoints = {EndpointAt("10.0.0.1")}});
  const CatalogChanges changes = Publish({.revision = 2, .endpoints = {EndpointAt("10.0.0.1")}});
  for (const Flavour flavour : kFlavours) {
    EXPECT_THAT(Text(changes, flavour), IsEmpty());
  }
  ASSERT_EQ(changes.published.size(), 1u);
  EXPECT_EQ(changes.published[0].revision, 2u);
  EXPECT_THAT(changes.published[0].unchanged, ElementsAre(kFromHost.networks));
}

TEST_F(CatalogTest, AnOlderRevisionNeverReplacesANewerOne) {
  Publish({.revision = 2, .endpoints = {EndpointAt("10.0.0.2")}});
  const CatalogChanges changes = Publish({.revision = 1, .endpoints = {EndpointAt("10.0.0.1")}});
  EXPECT_THAT(Text(changes, Flavour::kGrpc), IsEmpty());
  EXPECT_THAT(changes.published, IsEmpty());
}

TEST_F(CatalogTest, ChangedTrafficRulesChangeClustersAndRoutes) {
  Publish({});
  spec::TrafficSpec traffic;
  traffic.policy = spec::LbPolicy::kRingHash;
  traffic.hash_header = "x-user";
  const CatalogChanges changes = Publish({.revision = 2, .traffic = traffic});
  EXPECT_THAT(Text(changes, Flavour::kGrpc),
              UnorderedElementsAre("clusters user.shop", "routes user.shop", "listeners user",
                                   "listeners user:50051", "listeners user.shop",
                                   "listeners user.shop:50051"));
  EXPECT_THAT(Text(changes, Flavour::kEnvoy),
              UnorderedElementsAre("clusters user.shop", "routes services"));
}

TEST_F(CatalogTest, AnotherPortRenamesTheListenersThatCarryIt) {
  Publish({});
  Publish({.revision = 2, .port = 7});
  EXPECT_THAT(Listeners(), ElementsAre("user", "user.shop", "user.shop:7", "user:7"));
}

TEST_F(CatalogTest, AShortNameIsThereExactlyWhileOneProjectHasIt) {
  Publish({.project = "shop", .port = 0});
  EXPECT_THAT(Listeners(), ElementsAre("user", "user.shop"));
  Publish({.project = "staging", .port = 0});
  EXPECT_THAT(Listeners(), ElementsAre("user.shop", "user.staging"));
  Drop({"shop", "user"});
  EXPECT_THAT(Listeners(), ElementsAre("user", "user.staging"));
  const auto manager = Unpack<HttpConnectionManager>(
      Decode<Listener>(catalog_.Find(kFromHost, Flavour::kGrpc, ResourceType::kListener, "user"))
          .api_listener()
          .api_listener());
  EXPECT_EQ(manager.route_config().name(), "user.staging");
}

TEST_F(CatalogTest, WhoDialsANameThatIsNotThereIsToldWhy) {
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user"), "no such service");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user.shop:50051"), "no such service");
  Publish({.project = "shop", .service = "user", .port = 50051});
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user"), "");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user.shop:50051"), "");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user:1"), "the service has another port");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user.shop:1"), "the service has another port");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user.office"), "no such service");
  Publish({.project = "office", .service = "user", .port = 50051});
  const ViewerClass office = catalog_.Enter({}, "office");
  EXPECT_EQ(catalog_.WhyNoListener(kFromHost, "user"),
            "several projects have it (office, shop): dial user.PROJECT");
  EXPECT_EQ(catalog_.WhyNoListener(office, "user"), "") << "its own project's";
}

TEST_F(CatalogTest, ADroppedServiceKeepsItsClusterWithNoEndpointsUntilItIsPurged) {
  Publish({.endpoints = {EndpointAt("10.0.0.1")}});
  EXPECT_THAT(Text(Drop({"shop", "user"}), Flavour::kEnvoy),
              UnorderedElementsAre("!endpoints user.shop", "routes services"));
  EXPECT_THAT(Listeners(), IsEmpty());
  EXPECT_EQ(catalog_.EndpointsRevision("user.shop"), 0u);
  EXPECT_THAT(Names(Flavour::kGrpc, ResourceType::kRoute), IsEmpty());
  EXPECT_THAT(Names(Flavour::kGrpc, ResourceType::kCluster), ElementsAre("user.shop"));
  EXPECT_EQ(Decode<ClusterLoadAssignment>(
                catalog_.Find(kFromHost, Flavour::kGrpc, ResourceType::kEndpoints, "user.shop"))
                .endpoints_size(),
            0);
  EXPECT_THAT(Text(catalog_.Purge({"shop", "user"}), Flavour::kGrpc),
              UnorderedElementsAre("clusters user.shop", "endpoints user.shop"));
  EXPECT_THAT(Names(Flavour::kGrpc, ResourceType::kCluster), IsEmpty());
}

TEST_F(CatalogTest, AServiceThatCameBackIsNotPurged) {
  Publish({});
  Drop({"shop", "user"});
  Publish({});
  EXPECT_THAT(Text(catalog_.Purge({"shop", "user"}), Flavour::kGrpc), IsEmpty());
  EXPECT_THAT(Names(Flavour::kGrpc, ResourceType::kCluster), ElementsAre("user.shop"));
}

TEST_F(CatalogTest, WhatPagesMayOnOneListenerChangesOnlyItAndTheRouteTableOfEnvoy) {
  Publish({.endpoints = {EndpointAt("10.0.0.1")}});
  Catalog other{CatalogOptions{
      .envoy_listeners = {{"edge", "0.0.0.0", 8080}, {"web", "0.0.0.0", 8081, true, {"*"}}}}};
  const fleet::ServiceViewPtr view = SampleView{.endpoints = {EndpointAt("10.0.0.1")}};
  other.Apply({&view, 1}, {});
  std::set<std::string> differ;
  for (const Flavour flavour : kFlavours) {
    for (const ResourceType type : kResourceTypes) {
      for (const auto& [name, resource] : other.table(flavour, type)) {
        const ResourcePtr known = catalog_.Find(kFromHost, flavour, type, name);
        if (known == nullptr || known->content != resource->content) differ.insert(name);
      }
    }
  }
  EXPECT_THAT(differ, UnorderedElementsAre("web", "services"));
}

TEST_F(CatalogTest, WhatPagesMayIsSaidInTheRouteTablesOfProjectsToo) {
  Catalog other{CatalogOptions{.envoy_listeners = {{"web", "0.0.0.0", 8081, true, {"*"}}}}};
  const fleet::ServiceViewPtr views[] = {SampleView{.project = "shop"},
                                         SampleView{.project = "office"}};
  other.Apply(views, {});
  const ViewerClass shop = other.Enter({}, "shop");
  const auto table = Decode<RouteConfiguration>(
      other.Find(shop, Flavour::kEnvoy, ResourceType::kRoute, kEnvoyRouteName));
  EXPECT_TRUE(table.typed_per_filter_config().contains("envoy.filters.http.cors.web"));
}

TEST_F(CatalogTest, VersionsDoNotDependOnWhatHappenedBefore) {
  Publish({.revision = 1, .endpoints = {EndpointAt("10.0.0.1")}});
  Publish({.revision = 2, .endpoints = {EndpointAt("10.0.0.2")}});
  Catalog fresh{CatalogOptions{.envoy_listeners = {{"edge", "0.0.0.0", 8080}}}};
  const fleet::ServiceViewPtr view =
      SampleView{.revision = 1, .endpoints = {EndpointAt("10.0.0.2")}};
  fresh.Apply({&view, 1}, {});
  for (const Flavour flavour : kFlavours) {
    for (const ResourceType type : kResourceTypes) {
      for (const auto& [name, resource] : fresh.table(flavour, type)) {
        EXPECT_EQ(catalog_.Find(kFromHost, flavour, type, name)->content, resource->content)
            << name;
      }
    }
  }
  EXPECT_EQ(
      catalog_.Find(kFromHost, Flavour::kGrpc, ResourceType::kEndpoints, "user.shop")->content,
      fresh.Find(kFromHost, Flavour::kGrpc, ResourceType::kEndpoints, "user.shop")->content);
}

}  // namespace
}  // namespace fairlead::xds
