#include "xds/bootstrap.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "xds/transport_security.h"
#include "xds/viewer.h"

namespace fairlead::xds {
namespace {

using Json = nlohmann::ordered_json;

struct Listener {
  std::string unix_path;  // empty for TCP
  SocketAddress tcp;
};

Result<Listener> ReadListener(const std::string& text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    std::string path = text.substr(kUnix.size());
    if (path.starts_with("//")) {
      path.erase(0, 2);  // unix:///path is another spelling of unix:/path
    }
    if (path.size() > 1 && path.front() == '/') {
      return Listener{.unix_path = std::move(path), .tcp = {}};
    }
    return Fail(Code::kInvalidArgument, "make bootstrap: " + text + " has no absolute path");
  }
  const std::size_t colon = text.rfind(':');
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  }
  std::string ip = text.substr(0, colon);
  if (ip.size() > 2 && ip.front() == '[' && ip.back() == ']') {
    ip = ip.substr(1, ip.size() - 2);
  }
  if (port == 0 || !IsIpLiteral(ip)) {
    return Fail(Code::kInvalidArgument,
                "make bootstrap: " + text + " is neither unix:/path nor IP:PORT");
  }
  return Listener{.unix_path = {}, .tcp = {ip, port}};
}

// As a gRPC target.
std::string ServerUri(const Listener& listener) {
  if (!listener.unix_path.empty()) {
    return "unix://" + listener.unix_path;
  }
  const bool is_ipv6 = listener.tcp.ip.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + listener.tcp.ip + "]" : listener.tcp.ip) + ":" +
         std::to_string(listener.tcp.port);
}

// As an Envoy address.
Json EnvoyAddress(const Listener& listener) {
  if (!listener.unix_path.empty()) {
    return {{"pipe", {{"path", listener.unix_path}}}};
  }
  return {{"socket_address", {{"address", listener.tcp.ip}, {"port_value", listener.tcp.port}}}};
}

// Envoy's static cluster: us.
Json DiscoveryCluster(const Listener& listener) {
  const Json http2 = {
      {"@type", "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions"},
      {"explicit_http_config", {{"http2_protocol_options", Json::object()}}}};
  const Json endpoint = {{"endpoint", {{"address", EnvoyAddress(listener)}}}};
  return {{"name", "fairlead"},
          {"type", "STATIC"},
          {"connect_timeout", "1s"},
          {"typed_extension_protocol_options",
           {{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions", http2}}},
          {"load_assignment",
           {{"cluster_name", "fairlead"},
            {"endpoints", Json::array({{{"lb_endpoints", Json::array({endpoint})}}})}}}};
}

// A stream of gRPC to us.
Json OverGrpc() {
  return {{"api_type", "GRPC"},
          {"transport_api_version", "V3"},
          {"set_node_on_first_message_only", true},
          {"grpc_services", Json::array({{{"envoy_grpc", {{"cluster_name", "fairlead"}}}}})}};
}

// As gRFC A65 has it.
Json GrpcCredentials(const std::optional<BootstrapTls>& tls) {
  if (!tls) return {{"type", "insecure"}};
  Json config = Json::object();
  if (!tls->ca.empty()) config["ca_certificate_file"] = tls->ca;
  if (!tls->cert.empty()) {
    config["certificate_file"] = tls->cert;
    config["private_key_file"] = tls->key;
  }
  return {{"type", "tls"}, {"config", config}};
}

// Envoy reads the files again when their folder is changed by a rename.
Json EnvoyTransportSocket(const BootstrapTls& tls, const Listener& listener) {
  Json common = {{"tls_params", {{"tls_minimum_protocol_version", "TLSv1_2"}}},
                 {"alpn_protocols", Json::array({"h2"})}};
  const std::string expected = tls.server_name.empty() ? listener.tcp.ip : tls.server_name;
  Json validation = {{"match_typed_subject_alt_names",
                      Json::array({{{"san_type", tls.server_name.empty() ? "IP_ADDRESS" : "DNS"},
                                    {"matcher", {{"exact", expected}}}}})}};
  if (tls.ca.empty())
    validation["system_root_certs"] = Json::object();
  else
    validation["trusted_ca"] = {{"filename", tls.ca}};
  common["validation_context"] = validation;
  if (!tls.cert.empty()) {
    common["tls_certificates"] = Json::array({{{"certificate_chain", {{"filename", tls.cert}}},
                                               {"private_key", {{"filename", tls.key}}}}});
  }
  Json context = {
      {"@type", "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"},
      {"common_tls_context", common}};
  if (!tls.server_name.empty()) context["sni"] = tls.server_name;
  return {{"name", "envoy.transport_sockets.tls"}, {"typed_config", context}};
}

// What tells us that this client can be sent to services over TLS.
Json MetadataOf(const BootstrapNode& node) {
  if (node.tls_directory.empty()) return Json::object();
  return {{std::string(kTlsDirectoryKey), node.tls_directory}};
}

// gRFC A29; the files are read again every few minutes, and certificates live for hours.
Json CertificateProviders(const std::string& directory) {
  const auto file = [&](std::string_view name) { return directory + "/" + std::string(name); };
  return {{std::string(kCertificateProvider),
           {{"plugin_name", "file_watcher"},
            {"config",
             {{"certificate_file", file(kCertFile)},
              {"private_key_file", file(kKeyFile)},
              {"ca_certificate_file", file(kCaFile)},
              {"refresh_interval", "60s"}}}}}};
}

Json OverAds() {
  return {{"resource_api_version", "V3"}, {"ads", Json::object()}};
}

}  // namespace

Result<std::string> GrpcBootstrap(const std::string& listener, const BootstrapNode& node,
                                  const std::optional<BootstrapTls>& tls) {
  const Result<Listener> server = ReadListener(listener);
  if (!server) {
    return std::unexpected(server.error());
  }
  // grpc-js refuses a bootstrap whose node has no id or no locality.
  const Json locality = {{"region", ""}, {"zone", ""}, {"sub_zone", ""}};
  Json bootstrap = {
      {"xds_servers", Json::array({{{"server_uri", ServerUri(*server)},
                                    {"channel_creds", Json::array({GrpcCredentials(tls)})},
                                    {"server_features", Json::array({"xds_v3"})}}})},
      {"node",
       {{"id", node.id},
        {"cluster", node.cluster},
        {"locality", locality},
        {"metadata", MetadataOf(node)}}}};
  if (!node.tls_directory.empty()) {
    bootstrap["certificate_providers"] = CertificateProviders(node.tls_directory);
  }
  return bootstrap.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<std::string> EnvoyBootstrap(const std::string& listener,
                                   const EnvoyBootstrapOptions& options) {
  const Result<Listener> server = ReadListener(listener);
  if (!server) {
    return std::unexpected(server.error());
  }
  Json bootstrap = {{"node", {{"id", options.node.id}, {"cluster", options.node.cluster}}}};
  if (!options.node.tls_directory.empty()) bootstrap["node"]["metadata"] = MetadataOf(options.node);
  if (options.admin_port) {
    bootstrap["admin"] = {
        {"address",
         {{"socket_address", {{"address", "127.0.0.1"}, {"port_value", *options.admin_port}}}}}};
  }
  bootstrap["dynamic_resources"] = {
      {"ads_config", OverGrpc()}, {"cds_config", OverAds()}, {"lds_config", OverAds()}};
  // Its own filling of load reports: clusters say nothing of them.
  bootstrap["cluster_manager"] = {{"load_stats_config", OverGrpc()}};
  Json cluster = DiscoveryCluster(*server);
  if (options.tls) cluster["transport_socket"] = EnvoyTransportSocket(*options.tls, *server);
  bootstrap["static_resources"] = {{"clusters", Json::array({cluster})}};
  return bootstrap.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace fairlead::xds
