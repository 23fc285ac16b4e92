#include "xds/encoding.h"

#include <gtest/gtest.h>

#include "decode.h"

namespace fairlead::xds {
namespace {

ResourcePtr Cluster1(std::string name) {
  envoy::config::cluster::v3::Cluster cluster;
  cluster.set_name(name);
  return EncodeResource(ResourceType::kCluster, name, cluster.SerializeAsString());
}

TEST(EncodedResponse, ReadsBackAsAWholeDiscoveryResponse) {
  const std::vector<ResourcePtr> clusters = {Cluster1("a"), Cluster1(std::string(300, 'b'))};
  const Response encoded = EncodeResponse(ResourceType::kCluster, clusters);
  const NonceTail tail(18446744073709551615ULL);
  const DiscoveryResponse response = DecodeResponse(*encoded.prefix, tail.bytes());
  EXPECT_EQ(response.version_info(), VersionText(encoded.content));
  EXPECT_EQ(response.type_url(), TypeUrl(ResourceType::kCluster));
  EXPECT_EQ(response.nonce(), "18446744073709551615");
  ASSERT_EQ(response.resources_size(), 2);
  EXPECT_EQ(Unpack<Cluster>(response.resources(0)).name(), "a");
  EXPECT_EQ(Unpack<Cluster>(response.resources(1)).name(), std::string(300, 'b'));
}

TEST(EncodedResponse, OfOneResourceSharesTheBytesMadeWithIt) {
  const std::vector<ResourcePtr> clusters = {Cluster1("a")};
  EXPECT_EQ(EncodeResponse(ResourceType::kCluster, clusters).prefix, clusters[0]->alone);
}

TEST(EncodedResponse, OfNothingStillTellsItsTypeAndVersion) {
  const Response encoded = EncodeResponse(ResourceType::kListener, {});
  const DiscoveryResponse response = DecodeResponse(*encoded.prefix);
  EXPECT_EQ(response.type_url(), TypeUrl(ResourceType::kListener));
  EXPECT_FALSE(response.version_info().empty());
  EXPECT_EQ(response.resources_size(), 0);
}

TEST(Version, DependsOnContentOnlyAndNeverChangesBetweenBuilds) {
  EXPECT_EQ(Cluster1("a")->content, Cluster1("a")->content);
  EXPECT_NE(Cluster1("a")->content, Cluster1("b")->content);
  // A pinned value: another hash would look like a change of everything after an upgrade.
  EXPECT_EQ(VersionText(ContentHash("fairlead")), "845a5fb2acfc76c6");
}

TEST(Version, OfASetTellsDifferentSetsApart) {
  const std::vector<ResourcePtr> ab = {Cluster1("a"), Cluster1("b")};
  const std::vector<ResourcePtr> ac = {Cluster1("a"), Cluster1("c")};
  const std::vector<ResourcePtr> abc = {Cluster1("a"), Cluster1("b"), Cluster1("c")};
  EXPECT_NE(EncodeResponse(ResourceType::kCluster, ab).content,
            EncodeResponse(ResourceType::kCluster, ac).content);
  EXPECT_NE(EncodeResponse(ResourceType::kCluster, ab).content,
            EncodeResponse(ResourceType::kCluster, abc).content);
}

TEST(ResourceTypes, AreWrittenInMakeBeforeBreakOrder) {
  const std::vector<ResourceType> order(kResourceTypes.begin(), kResourceTypes.end());
  EXPECT_EQ(order,
            (std::vector{ResourceType::kCluster, ResourceType::kEndpoints, ResourceType::kSecret,
                         ResourceType::kListener, ResourceType::kRoute}));
  for (const ResourceType type : order) {
    EXPECT_EQ(TypeOfUrl(TypeUrl(type)), type);
  }
  EXPECT_EQ(TypeOfUrl("type.googleapis.com/envoy.config.cluster.v3.Clusters"), std::nullopt);
}

}  // namespace
}  // namespace fairlead::xds
