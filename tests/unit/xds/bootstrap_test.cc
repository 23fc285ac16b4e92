#include "xds/bootstrap.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace fairlead::xds {
namespace {

using Json = nlohmann::json;

TEST(GrpcBootstrap, IsWhatEveryStockClientReads) {
  const auto text =
      GrpcBootstrap("unix:/run/fairlead/xds/xds.sock", {.id = "me", .cluster = "here"});
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(Json::parse(*text), Json::parse(R"({
    "xds_servers": [{"server_uri": "unix:///run/fairlead/xds/xds.sock",
                     "channel_creds": [{"type": "insecure"}], "server_features": ["xds_v3"]}],
    "node": {"id": "me", "cluster": "here", "metadata": {},
             "locality": {"region": "", "zone": "", "sub_zone": ""}}})"));
}

TEST(GrpcBootstrap, NamesTheServerAsAGrpcTarget) {
  const auto uri = [](const std::string& listener) -> std::string {
    const auto text = GrpcBootstrap(listener, {});
    return text ? Json::parse(*text)["xds_servers"][0]["server_uri"].get<std::string>()
                : std::string(CodeName(text.error().code));
  };
  EXPECT_EQ(uri("unix:/x.sock"), "unix:///x.sock");
  EXPECT_EQ(uri("unix:///x.sock"), "unix:///x.sock");
  EXPECT_EQ(uri("127.0.0.1:18000"), "127.0.0.1:18000");
  EXPECT_EQ(uri("[::1]:18000"), "[::1]:18000");
  for (const std::string bad : {"", "unix:", "unix:x.sock", "127.0.0.1", "127.0.0.1:0", "host:80",
                                ":80", "127.0.0.1:99999"}) {
    EXPECT_EQ(uri(bad), "INVALID_ARGUMENT") << bad;
  }
}

TEST(GrpcBootstrap, SaysHowToSpeakTls) {
  const auto credentials = [](const BootstrapTls& tls) {
    return Json::parse(
        *GrpcBootstrap("127.0.0.1:18000", {}, tls))["xds_servers"][0]["channel_creds"];
  };
  EXPECT_EQ(credentials({.ca = "/ca", .cert = "/cert", .key = "/key"}), Json::parse(R"([{
    "type": "tls", "config": {"ca_certificate_file": "/ca", "certificate_file": "/cert",
                              "private_key_file": "/key"}}])"));
  EXPECT_EQ(credentials({.ca = ""}), Json::parse(R"([{"type": "tls", "config": {}}])"));
}

TEST(GrpcBootstrap, NamesTheFilesForTlsToServicesAndTellsUsSo) {
  const Json json = Json::parse(*GrpcBootstrap("unix:/x.sock", {.tls_directory = "/certs"}));
  EXPECT_EQ(json["certificate_providers"], Json::parse(R"({"fairlead": {
    "plugin_name": "file_watcher",
    "config": {"certificate_file": "/certs/tls.crt", "private_key_file": "/certs/tls.key",
               "ca_certificate_file": "/certs/ca.crt", "refresh_interval": "60s"}}})"));
  EXPECT_EQ(json["node"]["metadata"], Json::parse(R"({"fairlead.tls_directory": "/certs"})"));
  EXPECT_FALSE(Json::parse(*GrpcBootstrap("unix:/x.sock", {})).contains("certificate_providers"));
}

TEST(EnvoyBootstrap, TellsUsWhereItsFilesForTlsToServicesLie) {
  EnvoyBootstrapOptions options;
  options.node.tls_directory = "/certs";
  EXPECT_EQ(Json::parse(*EnvoyBootstrap("unix:/x.sock", options))["node"]["metadata"],
            Json::parse(R"({"fairlead.tls_directory": "/certs"})"));
}

TEST(EnvoyBootstrap, SpeaksTlsToWhoTheCertificateIsFor) {
  const auto socket = [](const BootstrapTls& tls) {
    return Json::parse(*EnvoyBootstrap(
        "10.0.0.1:18000", {.tls = tls}))["static_resources"]["clusters"][0]["transport_socket"];
  };
  EXPECT_EQ(socket({.ca = "/ca", .cert = "/cert", .key = "/key", .server_name = "f.corp"}),
            Json::parse(R"({"name": "envoy.transport_sockets.tls", "typed_config": {
    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
    "sni": "f.corp", "common_tls_context": {
      "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"}, "alpn_protocols": ["h2"],
      "validation_context": {"trusted_ca": {"filename": "/ca"}, "match_typed_subject_alt_names": [
        {"san_type": "DNS", "matcher": {"exact": "f.corp"}}]},
      "tls_certificates": [{"certificate_chain": {"filename": "/cert"},
                            "private_key": {"filename": "/key"}}]}}})"));
  const Json by_address = socket({.ca = "/ca"})["typed_config"];
  EXPECT_EQ(by_address["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"],
            Json::parse(R"([{"san_type": "IP_ADDRESS", "matcher": {"exact": "10.0.0.1"}}])"));
  EXPECT_FALSE(by_address.contains("sni"));
}

TEST(EnvoyBootstrap, IsACompleteConfigurationOverOneAdsStream) {
  const auto text =
      EnvoyBootstrap("unix:/x.sock", {.node = {.id = "e", .cluster = "c"}, .admin_port = 9901});
  ASSERT_TRUE(text.has_value());
  const Json json = Json::parse(*text);
  EXPECT_EQ(json["node"], Json::parse(R"({"id": "e", "cluster": "c"})"));
  EXPECT_EQ(json["admin"]["address"]["socket_address"],
            Json::parse(R"({"address": "127.0.0.1", "port_value": 9901})"));
  EXPECT_EQ(json["dynamic_resources"], Json::parse(R"({
    "ads_config": {"api_type": "GRPC", "transport_api_version": "V3", "set_node_on_first_message_only": true,
                   "grpc_services": [{"envoy_grpc": {"cluster_name": "fairlead"}}]},
    "cds_config": {"resource_api_version": "V3", "ads": {}},
    "lds_config": {"resource_api_version": "V3", "ads": {}}})"));
  EXPECT_EQ(json["cluster_manager"]["load_stats_config"], json["dynamic_resources"]["ads_config"]);
  EXPECT_EQ(json["static_resources"]["clusters"], Json::parse(R"([{
    "name": "fairlead", "type": "STATIC", "connect_timeout": "1s",
    "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      "explicit_http_config": {"http2_protocol_options": {}}}},
    "load_assignment": {"cluster_name": "fairlead", "endpoints": [{"lb_endpoints": [
      {"endpoint": {"address": {"pipe": {"path": "/x.sock"}}}}]}]}}])"));
}

TEST(EnvoyBootstrap, OverTcpHasASocketAddressAndNoAdminUnlessAsked) {
  const auto text = EnvoyBootstrap("127.0.0.1:18000", {});
  ASSERT_TRUE(text.has_value());
  const Json json = Json::parse(*text);
  EXPECT_FALSE(json.contains("admin"));
  EXPECT_EQ(json["static_resources"]["clusters"][0]["load_assignment"]["endpoints"][0]
                ["lb_endpoints"][0]["endpoint"]["address"],
            Json::parse(R"({"socket_address": {"address": "127.0.0.1", "port_value": 18000}})"));
  EXPECT_EQ(EnvoyBootstrap("nowhere", {}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fairlead::xds
