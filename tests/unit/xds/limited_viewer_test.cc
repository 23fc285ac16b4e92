// Who sees some projects alone: the catalog as clients off the host see it.
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
using Set = std::set<std::string>;

class LimitedViewer : public ::testing::Test {
 protected:
  static Viewer Off(Set projects) {
    return {.host_address = "10.9.0.7", .projects = std::move(projects)};
  }
  ViewerClass Enter(Set projects) { return catalog_.Enter(Off(std::move(projects)), ""); }
  CatalogChanges Publish(const std::string& service, const std::string& project) {
    fleet::Endpoint endpoint = EndpointAt("10.0.0.1");
    endpoint.published = {{.container_port = 50051, .host_ip = "", .host_port = 8080}};
    const fleet::ServiceViewPtr view = SampleView{
        .project = project, .service = service, .revision = ++revision_, .endpoints = {endpoint}};
    return catalog_.Apply({&view, 1}, {});
  }
  CatalogChanges Drop(const std::string& service, const std::string& project) {
    const ServiceName name{.project = project, .service = service};
    return catalog_.Apply({}, {&name, 1});
  }
  bool Has(const ViewerClass& viewers, ResourceType type, const std::string& name,
           Flavour flavour = Flavour::kGrpc) {
    return catalog_.Find(viewers, flavour, type, name) != nullptr;
  }
  std::vector<std::string> Names(const ViewerClass& viewers, ResourceType type, Flavour flavour) {
    std::vector<std::string> names;
    for (const ResourcePtr& one : catalog_.All(viewers, flavour, type)) names.push_back(one->name);
    return names;
  }
  static std::vector<std::string> Heard(const CatalogChanges& changes, const ViewerClass& viewers,
                                        Flavour flavour) {
    std::vector<std::string> out;
    for (const ResourceChange& change : changes.resources[Index(flavour)]) {
      if (change.table == TableOf(change.type, viewers))
        out.push_back(std::string(TypeName(change.type)) + " " + change.name);
    }
    return out;
  }

  Catalog catalog_{CatalogOptions{.envoy_listeners = {{"edge", "0.0.0.0", 8080}}}};
  std::uint64_t revision_ = 0;
};

TEST_F(LimitedViewer, HasEverythingOfItsProjectsAndNothingOfOthers) {
  Publish("user", "shop");
  Publish("cart", "media");
  const ViewerClass shop = Enter({"shop"});
  for (const auto& [service, is_seen] : {std::pair("user.shop", true), {"cart.media", false}}) {
    for (const ResourceType type : {ResourceType::kListener, ResourceType::kCluster,
                                    ResourceType::kEndpoints, ResourceType::kRoute})
      EXPECT_EQ(Has(shop, type, service), is_seen) << service << " " << TypeName(type);
    EXPECT_EQ(Has(shop, ResourceType::kCluster, service, Flavour::kEnvoy), is_seen) << service;
    EXPECT_EQ(Dial(catalog_, shop, service), is_seen ? service : "-");
    EXPECT_EQ(Dial(catalog_, shop, std::string(service) + ":50051"), is_seen ? service : "-");
  }
  EXPECT_THAT(Names(shop, ResourceType::kCluster, Flavour::kEnvoy), ElementsAre("user.shop"));
  EXPECT_THAT(Names(shop, ResourceType::kListener, Flavour::kGrpc),
              ElementsAre("user", "user.shop", "user.shop:50051", "user:50051"));
  EXPECT_THAT(Names(shop, ResourceType::kListener, Flavour::kEnvoy), ElementsAre("edge"));
  const auto assignment = Decode<ClusterLoadAssignment>(
      catalog_.Find(shop, Flavour::kGrpc, ResourceType::kEndpoints, "user.shop"));
  const auto& address =
      assignment.endpoints(0).lb_endpoints(0).endpoint().address().socket_address();
  EXPECT_EQ(address.address() + ":" + std::to_string(address.port_value()), "10.9.0.7:8080");
}

TEST_F(LimitedViewer, WithNoProjectHasNothing) {
  Publish("user", "shop");
  const ViewerClass none = Enter({});
  for (const ResourceType type : {ResourceType::kListener, ResourceType::kCluster,
                                  ResourceType::kEndpoints, ResourceType::kRoute}) {
    EXPECT_FALSE(Has(none, type, "user.shop")) << TypeName(type);
    EXPECT_FALSE(Has(none, type, "user")) << TypeName(type);
  }
  EXPECT_THAT(Names(none, ResourceType::kCluster, Flavour::kEnvoy), IsEmpty());
  EXPECT_THAT(EnvoyDomains(catalog_, none), IsEmpty());
}

TEST_F(LimitedViewer, AShortNameMeansTheOneServiceAmongItsProjects) {
  const ViewerClass shop = Enter({"shop"});
  const ViewerClass both = Enter({"shop", "media"});
  Publish("user", "shop");
  Publish("user", "media");
  Publish("user", "other");
  EXPECT_EQ(Dial(catalog_, shop, "user"), "user.shop");
  EXPECT_EQ(Dial(catalog_, both, "user"), "-");
  EXPECT_EQ(Dial(catalog_, both, "user.media"), "user.media");
  EXPECT_NE(catalog_.WhyNoListener(both, "user").find("several projects have it (media, shop)"),
            std::string::npos);
  Drop("user", "media");
  EXPECT_EQ(Dial(catalog_, both, "user"), "user.shop");
  Drop("user", "shop");
  EXPECT_EQ(Dial(catalog_, both, "user"), "-") << "it is of another project alone now";
  EXPECT_EQ(Dial(catalog_, ViewerClass{}, "user"), "user.other");
}

TEST_F(LimitedViewer, EnvoysRoutesAreOfItsProjectsAlone) {
  Publish("user", "shop");
  Publish("user", "media");
  Publish("cart", "media");
  EXPECT_THAT(EnvoyDomains(catalog_, Enter({"shop"})),
              UnorderedElementsAre("user.shop as user.shop", "user.shop as user"));
}

TEST_F(LimitedViewer, HearsOfChangesOfItsProjectsAlone) {
  const ViewerClass shop = Enter({"shop"});
  EXPECT_THAT(Heard(Publish("cart", "media"), shop, Flavour::kGrpc), IsEmpty());
  EXPECT_THAT(Heard(Publish("user", "shop"), shop, Flavour::kGrpc),
              UnorderedElementsAre("clusters user.shop", "routes user.shop", "endpoints user.shop",
                                   "listeners user.shop", "listeners user.shop:50051",
                                   "listeners user", "listeners user:50051"));
  EXPECT_THAT(Heard(Drop("cart", "media"), shop, Flavour::kGrpc), IsEmpty());
  EXPECT_THAT(Heard(Publish("pay", "shop"), shop, Flavour::kEnvoy),
              UnorderedElementsAre("clusters pay.shop", "endpoints pay.shop", "routes services"));
}

TEST_F(LimitedViewer, ASetOfProjectsIsOneClassHoweverManyStreamsHaveIt) {
  const ViewerClass shop = Enter({"shop"});
  EXPECT_EQ(Enter({"shop"}), shop);
  EXPECT_EQ(catalog_.limits(), 1u);
  const ViewerClass other = Enter({"media"});
  EXPECT_NE(other.names, shop.names);
  EXPECT_NE(other.networks, shop.networks);
  EXPECT_EQ(catalog_.limits(), 2u);
  EXPECT_TRUE(catalog_.HasLimit(Off({"media"}), ""));
  EXPECT_TRUE(catalog_.Leave(other));
  EXPECT_FALSE(catalog_.HasLimit(Off({"media"}), ""));
  EXPECT_FALSE(catalog_.Leave(shop));
  EXPECT_TRUE(catalog_.Leave(shop));
  EXPECT_EQ(catalog_.limits(), 0u);
}

TEST_F(LimitedViewer, SetsOfClustersAreEncodedOncePerClassAndForgottenWithIt) {
  Publish("user", "shop");
  Publish("cart", "media");
  ResponseCache responses(catalog_);
  const Subscription all{.is_wildcard = true, .names = {}};
  const auto bytes = [&](const ViewerClass& viewers) {
    return responses.CompleteSet(viewers, Flavour::kEnvoy, ResourceType::kCluster, all).prefix;
  };
  const ViewerClass shop = Enter({"shop"});
  EXPECT_EQ(bytes(shop), bytes(Enter({"shop"})));
  EXPECT_NE(*bytes(shop), *bytes(ViewerClass{}));
  EXPECT_NE(*bytes(shop), *bytes(Enter({"media"})));
}

TEST_F(LimitedViewer, WhatIsHiddenIsToldToPeopleWithItsProject) {
  Publish("user", "shop");
  const ViewerClass media = Enter({"media"});
  EXPECT_EQ(catalog_.HiddenProject(media, "user.shop"), "shop");
  EXPECT_EQ(catalog_.HiddenProject(media, "user.shop:50051"), "shop");
  EXPECT_EQ(catalog_.HiddenProject(media, "user"), "shop");
  EXPECT_EQ(catalog_.HiddenProject(media, "user.nowhere"), std::nullopt);
  EXPECT_EQ(catalog_.HiddenProject(media, "cart"), std::nullopt);
  EXPECT_EQ(catalog_.HiddenProject(Enter({"shop"}), "user"), std::nullopt);
  EXPECT_EQ(catalog_.HiddenProject(ViewerClass{}, "user"), std::nullopt);
  EXPECT_NE(catalog_.WhyNoListener(media, "user.shop").find("access.discovery"), std::string::npos);
  EXPECT_NE(catalog_.WhyNoEndpoints(media, Flavour::kGrpc, "user.shop").find("access.discovery"),
            std::string::npos);
  EXPECT_EQ(catalog_.WhyNoListener(media, "cart"), "no such service");
  EXPECT_EQ(catalog_.WhyNoListener(Enter({"shop"}), "user"), "");
}

}  // namespace
}  // namespace fairlead::xds
