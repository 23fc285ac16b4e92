#include "xds/transport_security.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decode.h"
#include "sample_view.h"
#include "xds/viewer.h"

namespace fairlead::xds {
namespace {

using ::testing::ElementsAre;

const TlsExpectations kExpectations{.trust_domain = "corp",
                                    .server_names = {{"named", "api.corp"}, {"unnamed", ""}}};

spec::TrafficSpec Labelled(const std::string& profile) {
  spec::TrafficSpec traffic;
  traffic.tls = {.source = profile.empty() ? spec::TlsSource::kAuto : spec::TlsSource::kFiles,
                 .profile = profile};
  return traffic;
}

fleet::Endpoint Speaking(const std::string& ip, bool plaintext, std::uint16_t tls_port) {
  fleet::Endpoint endpoint = EndpointAt(ip);
  endpoint.plaintext = plaintext;
  endpoint.tls_port = tls_port;
  return endpoint;
}

const fleet::Endpoint kSpeaksPlaintext = Speaking("10.0.0.1", true, 0);
const fleet::Endpoint kSpeaksBoth = Speaking("10.0.0.2", true, 50443);
const fleet::Endpoint kSpeaksTls = Speaking("10.0.0.3", false, 50443);

std::string ShownAs(const google::protobuf::Message& message) {
  std::string text = message.ShortDebugString();
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

UpstreamTlsContext ContextOf(const SampleView& view, Flavour flavour) {
  const Cluster cluster = Decode<Cluster>(MakeTlsCluster(view, flavour, kExpectations));
  EXPECT_EQ(cluster.name(), "user.shop+tls");
  EXPECT_EQ(cluster.eds_cluster_config().service_name(), "user.shop+tls");
  EXPECT_EQ(cluster.transport_socket().name(), "envoy.transport_sockets.tls");
  return Unpack<UpstreamTlsContext>(cluster.transport_socket().typed_config());
}

TEST(IsForTls, OnceEveryReplicaInRotationSpeaksIt) {
  const auto is_for_tls = [](std::vector<fleet::Endpoint> endpoints, bool is_labelled = true) {
    return IsForTls(SampleView{.endpoints = std::move(endpoints),
                               .traffic = is_labelled ? Labelled("") : spec::TrafficSpec{}});
  };
  EXPECT_TRUE(is_for_tls({kSpeaksBoth, kSpeaksTls}));
  EXPECT_FALSE(is_for_tls({kSpeaksPlaintext, kSpeaksTls}));
  EXPECT_TRUE(is_for_tls({})) << "as its labels say";
  EXPECT_FALSE(is_for_tls({}, false));
  EXPECT_FALSE(is_for_tls({kSpeaksBoth}, false)) << "the newest replica has it off";
}

TEST(Reachable, IsWhatSpeaksSo) {
  const SampleView view{.endpoints = {kSpeaksPlaintext, kSpeaksBoth, kSpeaksTls}};
  const auto told = [&](Security security) {
    std::vector<std::string> addresses;
    for (const WeighedAddress& one : Reachable({.network_ids = {{"net-shop"}}}, view, security)) {
      addresses.push_back(one.address.ip + ":" + std::to_string(one.address.port));
    }
    return addresses;
  };
  EXPECT_THAT(told(Security::kPlaintext), ElementsAre("10.0.0.1:50051", "10.0.0.2:50051"));
  EXPECT_THAT(told(Security::kTls), ElementsAre("10.0.0.2:50443", "10.0.0.3:50443"));
  EXPECT_THAT(LeftOut({.network_ids = {{"net-other"}}}, view, Security::kTls),
              ElementsAre("at 10.0.0.2", "at 10.0.0.3"));
}

TEST(ExpectedNames, AreOfTheServiceUnlessTheProfileHasOne) {
  const auto names = [](const std::string& profile) {
    std::string text;
    for (const ExpectedName& name :
         ExpectedNames(SampleView{.traffic = Labelled(profile)}, kExpectations)) {
      text += (text.empty() ? "" : " ") + std::string(name.is_uri ? "URI:" : "DNS:") + name.text;
    }
    return text;
  };
  EXPECT_EQ(names(""), "URI:spiffe://corp/shop/user");
  EXPECT_EQ(names("named"), "DNS:api.corp");
  EXPECT_EQ(names("unnamed"), "DNS:user DNS:user.shop");
}

TEST(TlsCluster, NamesTheProviderOfGrpcClientsAndWhomTheyExpect) {
  for (const Flavour flavour : {Flavour::kGrpcTls, Flavour::kGrpcNoRingTls}) {
    EXPECT_EQ(ShownAs(ContextOf({.traffic = Labelled("")}, flavour)),
              "common_tls_context { combined_validation_context { default_validation_context { "
              "match_subject_alt_names { exact: \"spiffe://corp/shop/user\" } "
              "ca_certificate_provider_instance { instance_name: \"fairlead\" } } } "
              "tls_certificate_provider_instance { instance_name: \"fairlead\" } }");
  }
}

TEST(TlsCluster, HasEnvoyAskForItsSecrets) {
  EXPECT_EQ(ShownAs(ContextOf({.traffic = Labelled("named")}, Flavour::kEnvoyTls)),
            "common_tls_context { alpn_protocols: \"h2\" tls_certificate_sds_secret_configs { "
            "name: \"identity\" sds_config { ads { } resource_api_version: V3 } } "
            "combined_validation_context { default_validation_context { "
            "match_typed_subject_alt_names { san_type: DNS matcher { exact: \"api.corp\" } } } "
            "validation_context_sds_secret_config { name: \"trust/files/named\" "
            "sds_config { ads { } resource_api_version: V3 } } } } sni: \"user.shop\"");
}

TEST(TlsCluster, KeepsWhatTheOtherLabelsSay) {
  spec::TrafficSpec traffic = Labelled("");
  traffic.policy = spec::LbPolicy::kRingHash;
  const auto policy = [&](Flavour flavour) {
    return Decode<Cluster>(MakeTlsCluster(SampleView{.traffic = traffic}, flavour, kExpectations))
        .lb_policy();
  };
  EXPECT_EQ(policy(Flavour::kGrpcTls), Cluster::RING_HASH);
  EXPECT_EQ(policy(Flavour::kGrpcNoRingTls), Cluster::ROUND_ROBIN);
}

TEST(Secrets, SayWhereAKeyLiesAndNeverWhatItIs) {
  const Secret own = Decode<Secret>(MakeIdentitySecret("/certs"));
  EXPECT_EQ(ShownAs(own),
            "name: \"identity\" tls_certificate { certificate_chain { "
            "filename: \"/certs/tls.crt\" } private_key { filename: \"/certs/tls.key\" } "
            "watched_directory { path: \"/certs\" } }");
  const Secret trust =
      Decode<Secret>(MakeTrustSecret(TrustSecretName(Labelled("").tls), "certificates"));
  EXPECT_EQ(ShownAs(trust),
            "name: \"trust/auto\" validation_context { trusted_ca { "
            "inline_bytes: \"certificates\" } }");
}

}  // namespace
}  // namespace fairlead::xds
