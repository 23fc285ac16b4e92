// The catalog of services that speak TLS: who is told of which cluster, and when routes move.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode.h"
#include "sample_view.h"
#include "xds/catalog.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ViewerClass kSeenFromHost;

class CatalogTls : public ::testing::Test {
 protected:
  // "plain", "both", "strict": one replica each, the last one's labels in force.
  CatalogChanges Publish(const std::vector<std::string>& replicas) {
    SampleView view{.revision = ++revision_};
    for (const std::string& kind : replicas) {
      fleet::Endpoint endpoint = EndpointAt("10.0.0." + std::to_string(view.endpoints.size() + 1));
      endpoint.addresses.front().is_host_routable = true;
      endpoint.plaintext = kind != "strict";
      endpoint.tls_port = kind == "plain" ? 0 : 50443;
      view.endpoints.push_back(endpoint);
      view.traffic.tls = {};
      if (kind != "plain") view.traffic.tls.source = spec::TlsSource::kAuto;
    }
    const fleet::ServiceViewPtr shared = view;
    return catalog_.Apply({&shared, 1}, {});
  }
  // The cluster that calls of such a client go to.
  std::string RouteOf(Flavour flavour) {
    const std::string name = IsEnvoy(flavour) ? "services" : "user.shop";
    const auto route = Decode<RouteConfiguration>(
        catalog_.Find(kSeenFromHost, flavour, ResourceType::kRoute, name));
    const std::string cluster = route.virtual_hosts(0).routes(0).route().cluster();
    if (!IsEnvoy(flavour)) {
      EXPECT_EQ(InListener(flavour, kSeenFromHost), cluster);
    }
    return cluster;
  }
  std::string InListener(Flavour flavour, const ViewerClass& viewers) {
    const auto listener =
        Decode<Listener>(catalog_.Find(viewers, flavour, ResourceType::kListener, "user"));
    return Unpack<HttpConnectionManager>(listener.api_listener().api_listener())
        .route_config()
        .virtual_hosts(0)
        .routes(0)
        .route()
        .cluster();
  }
  int EndpointCount(const std::string& name) {
    const ResourcePtr found =
        catalog_.Find(kSeenFromHost, Flavour::kGrpc, ResourceType::kEndpoints, name);
    if (!found) return -1;
    const auto assignment = Decode<ClusterLoadAssignment>(found);
    return assignment.endpoints().empty() ? 0 : assignment.endpoints(0).lb_endpoints_size();
  }
  std::vector<std::string> Clusters(Flavour flavour) const {
    std::vector<std::string> names;
    for (const auto& [name, resource] : catalog_.table(flavour, ResourceType::kCluster)) {
      names.push_back(name);
    }
    return names;
  }

  std::uint64_t revision_ = 0;
  Catalog catalog_{CatalogOptions{.tls = {.trust_domain = "corp"}}};
};

TEST_F(CatalogTls, OnlyClientsWithTlsAreToldOfIt) {
  Publish({"strict", "strict"});
  for (const Flavour flavour : kFlavours) {
    if (SecurityOf(flavour) == Security::kTls) {
      EXPECT_THAT(Clusters(flavour), ElementsAre("user.shop", "user.shop+tls"));
      EXPECT_EQ(RouteOf(flavour), "user.shop+tls");
    } else {
      EXPECT_THAT(Clusters(flavour), ElementsAre("user.shop"));
      EXPECT_EQ(RouteOf(flavour), "user.shop");
    }
  }
  EXPECT_EQ(EndpointCount("user.shop"), 0);
  EXPECT_EQ(EndpointCount("user.shop+tls"), 2);
}

TEST_F(CatalogTls, AServiceWithoutItIsTheSameToAll) {
  Publish({"plain"});
  for (const Flavour flavour : kFlavours) {
    EXPECT_THAT(Clusters(flavour), ElementsAre("user.shop"));
    EXPECT_EQ(RouteOf(flavour), "user.shop");
  }
  EXPECT_EQ(catalog_.Find(kSeenFromHost, Flavour::kEnvoy, ResourceType::kRoute, "services"),
            catalog_.Find(kSeenFromHost, Flavour::kEnvoyTls, ResourceType::kRoute, "services"));
  EXPECT_EQ(EndpointCount("user.shop+tls"), -1);
}

TEST_F(CatalogTls, RoutesMoveWhenEveryReplicaSpeaksItAndCallersHaveHadTimeToHearOfIt) {
  Publish({"plain"});
  const CatalogChanges first = Publish({"plain", "both"});
  EXPECT_THAT(first.warming, ElementsAre(ServiceName{"shop", "user"}));
  EXPECT_THAT(Clusters(Flavour::kEnvoyTls), ElementsAre("user.shop", "user.shop+tls"));
  EXPECT_EQ(EndpointCount("user.shop+tls"), 1);
  EXPECT_EQ(RouteOf(Flavour::kGrpcTls), "user.shop") << "one has none";
  EXPECT_THAT(Publish({"both"}).warming, IsEmpty()) << "said once";
  EXPECT_EQ(RouteOf(Flavour::kGrpcTls), "user.shop") << "not yet";
  const CatalogChanges warm = catalog_.Warm({"shop", "user"});
  EXPECT_FALSE(warm.resources[Index(Flavour::kGrpcTls)].empty());
  EXPECT_THAT(warm.resources[Index(Flavour::kGrpc)], IsEmpty());
  for (const Flavour flavour : kTlsFlavours) EXPECT_EQ(RouteOf(flavour), "user.shop+tls");
  EXPECT_EQ(RouteOf(Flavour::kGrpc), "user.shop");
  Publish({"both", "plain"});
  for (const Flavour flavour : kTlsFlavours) EXPECT_EQ(RouteOf(flavour), "user.shop");
}

TEST_F(CatalogTls, NobodyIsKeptWaitingWhereThereIsNothingInPlaintext) {
  Publish({"plain"});
  EXPECT_THAT(Publish({"strict"}).warming, ElementsAre()) << "no replica answers without it";
  EXPECT_EQ(RouteOf(Flavour::kGrpcTls), "user.shop+tls");
  Publish({});
  EXPECT_EQ(RouteOf(Flavour::kGrpcTls), "user.shop") << "labels of nobody say nothing";
}

TEST_F(CatalogTls, BothEndpointsArePublishedOfARevision) {
  EXPECT_EQ(Publish({"plain"}).published.size(), 1U);
  const CatalogChanges changes = Publish({"both"});
  ASSERT_EQ(changes.published.size(), 2U);
  EXPECT_EQ(changes.published[0].security, Security::kTls);
  EXPECT_EQ(changes.published[1].security, Security::kPlaintext);
  EXPECT_EQ(changes.published[0].revision, changes.published[1].revision);
}

TEST_F(CatalogTls, AProjectsOwnShortNameFollows) {
  const ViewerClass inside = catalog_.Enter({}, "shop");
  Publish({"strict"});
  const fleet::ServiceViewPtr other = SampleView{.project = "office"};
  catalog_.Apply({&other, 1}, {});
  EXPECT_EQ(InListener(Flavour::kGrpcTls, inside), "user.shop+tls");
  EXPECT_EQ(InListener(Flavour::kGrpc, inside), "user.shop");
}

TEST_F(CatalogTls, NothingStaysOfADroppedService) {
  Publish({"both"});
  const ServiceName user{"shop", "user"};
  catalog_.Apply({}, {&user, 1});
  EXPECT_EQ(EndpointCount("user.shop+tls"), 0);
  catalog_.Purge(user);
  EXPECT_THAT(Clusters(Flavour::kGrpcTls), IsEmpty());
  EXPECT_EQ(EndpointCount("user.shop+tls"), -1);
  Publish({"plain"});
  EXPECT_THAT(Clusters(Flavour::kGrpcTls), ElementsAre("user.shop"));
}

TEST_F(CatalogTls, WhomToTrustIsASecretOfEnvoysWithTls) {
  const CatalogChanges changes = catalog_.SetTrust("trust/auto", "PEM");
  EXPECT_EQ(changes.resources[Index(Flavour::kEnvoyTls)].size(), 1U);
  const auto find = [&](Flavour flavour) {
    return catalog_.Find(kSeenFromHost, flavour, ResourceType::kSecret, "trust/auto");
  };
  EXPECT_NE(find(Flavour::kEnvoyTls), nullptr);
  EXPECT_EQ(find(Flavour::kEnvoy), nullptr);
  EXPECT_THAT(catalog_.SetTrust("trust/auto", "PEM").resources[Index(Flavour::kEnvoyTls)],
              IsEmpty());
}

}  // namespace
}  // namespace fairlead::xds
