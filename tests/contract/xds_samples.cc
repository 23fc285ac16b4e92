// Writes what discovery sends as it is on the wire, for test_public_protos.py: one line for each
// response, its kind, what it is of, how many resources and how many removed names it holds, and
// its bytes in hexadecimal.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fleet/view.h"
#include "xds/catalog.h"
#include "xds/response_cache.h"

namespace fairlead::xds {
namespace {

// `priorities`: of the first replicas; the others have 0.
fleet::ServiceViewPtr View(ServiceName name, std::uint16_t port, spec::TrafficSpec traffic,
                           const std::vector<int>& weights,
                           const std::vector<int>& priorities = {}) {
  auto view = std::make_shared<fleet::ServiceView>();
  view->name = std::move(name);
  view->revision = 1;
  view->port = port;
  view->traffic = std::move(traffic);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    fleet::Endpoint endpoint;
    endpoint.replica = fmt::format("{}/{}", view->name.Text(), i + 1);
    endpoint.port = port;
    endpoint.weight = weights[i];
    endpoint.priority = i < priorities.size() ? priorities[i] : 0;
    endpoint.tls_port = view->traffic.tls.port;
    endpoint.plaintext = !view->traffic.tls.is_on();
    endpoint.addresses = {{.network = "shop_default",
                           .network_id = "n1",
                           .ipv4 = i % 2 == 0 ? fmt::format("10.0.0.{}", i + 1) : "",
                           .ipv6 = i % 2 == 0 ? "" : fmt::format("fd00::{}", i + 1)}};
    view->endpoints.push_back(std::move(endpoint));
  }
  return view;
}

spec::TrafficSpec Tls(spec::TlsSource source) {
  spec::TrafficSpec traffic;
  traffic.tls = {.source = source, .profile = "p", .mode = spec::TlsMode::kStrict, .port = 50443};
  return traffic;
}

// Every option that labels have, the service without replicas, one with standbys, TLS, and a short
// name of two projects.
std::vector<fleet::ServiceViewPtr> Views() {
  spec::TrafficSpec everything;
  everything.policy = spec::LbPolicy::kRingHash;
  everything.hash_header = "x-user";
  everything.timeout = std::chrono::milliseconds(1500);
  everything.retry.attempts = 3;
  everything.retry.on = {"unavailable", "cancelled"};
  spec::TrafficSpec least;
  least.policy = spec::LbPolicy::kLeastRequest;
  return {
      View({.project = "shop", .service = "user"}, 50051, everything, {100, 0, 1000, 7}),
      View({.project = "shop", .service = "cart"}, 50052, least, {100, 100}),
      View({.project = "shop", .service = "empty"}, 50053, {}, {}),
      View({.project = "shop", .service = "standby"}, 50054, {}, {100, 100, 7, 100}, {5, 0, 5, 9}),
      View({.project = "office", .service = "user"}, 50051, {}, {100}),
      View({.project = "office", .service = "own"}, 50051, Tls(spec::TlsSource::kAuto), {100}),
      View({.project = "office", .service = "bought"}, 50051, Tls(spec::TlsSource::kFiles), {100})};
}

void Write(const char* kind, const std::string& what, std::size_t resources, std::size_t removed,
           const Response& response) {
  constexpr std::uint64_t kNonce = 18'446'744'073'709'551'615U;  // the longest that there is
  const NonceTail tail(kNonce);
  std::string line = fmt::format("{} {} {} {} ", kind, what, resources, removed);
  for (const std::byte byte : *response.prefix) {
    line += fmt::format("{:02x}", static_cast<unsigned>(byte));
  }
  for (const std::byte byte : tail.bytes()) {
    line += fmt::format("{:02x}", static_cast<unsigned>(byte));
  }
  std::puts(line.c_str());
}

// Endpoints are no table: they are made for who reads them.
std::vector<ResourcePtr> All(Catalog& catalog, const ViewerClass& viewers, Flavour flavour,
                             ResourceType type) {
  if (type != ResourceType::kEndpoints) return catalog.All(viewers, flavour, type);
  std::vector<ResourcePtr> all;
  for (const ResourcePtr& cluster : catalog.All(viewers, flavour, ResourceType::kCluster)) {
    if (ResourcePtr found = catalog.Find(viewers, flavour, type, cluster->name)) {
      all.push_back(std::move(found));
    }
  }
  return all;
}

void WriteAll(const std::string& who, Flavour flavour, const ViewerClass& viewers,
              Catalog& catalog) {
  ResponseCache responses(catalog);
  for (const ResourceType type : kResourceTypes) {
    const std::string what = who + "/" + std::string(TypeName(type));
    const std::vector<ResourcePtr> all = All(catalog, viewers, flavour, type);
    Write("DiscoveryResponse", what, all.size(), 0, EncodeResponse(type, all));
    for (const ResourcePtr& one : all) {
      Write("DiscoveryResponse", what, 1, 0, ResponseOf(*one));
    }
    Write("DeltaDiscoveryResponse", what, all.size(), 0, responses.Delta(type, all, {}));
    Write("DeltaDiscoveryResponse", what, 0, 2,
          responses.Delta(type, {}, {"gone", "g\xC3\xBCltig"}));
  }
}

void WriteEverything() {
  Catalog catalog({.envoy_listeners = {{"edge", "0.0.0.0", 8080, true, {"https://a.example"}},
                                       {"open", "0.0.0.0", 8082, false, {"*"}},
                                       {"inner", "::1", 8081}},
                   .tls = {.trust_domain = "corp", .server_names = {}}});
  const std::vector<fleet::ServiceViewPtr> views = Views();
  catalog.Apply(views, {});
  catalog.SetTrust("trust/auto", "PEM");
  const ViewerClass inside = catalog.Enter({.network_ids = std::set<std::string>{"n1"}}, "shop");
  for (const auto& [name, flavour] :
       {std::pair("grpc", Flavour::kGrpc), std::pair("grpc-1.51", Flavour::kGrpcNoRing),
        std::pair("envoy", Flavour::kEnvoy), std::pair("grpc-tls", Flavour::kGrpcTls),
        std::pair("envoy-tls", Flavour::kEnvoyTls)}) {
    WriteAll(std::string(name) + "@container", flavour, inside, catalog);
    WriteAll(std::string(name) + "@host", flavour, {}, catalog);
  }
  Write("DiscoveryResponse", "envoy-tls@own/secrets", 1, 0,
        ResponseOf(*MakeIdentitySecret("/certs")));
}

}  // namespace
}  // namespace fairlead::xds

int main() {
  fairlead::xds::WriteEverything();
}
