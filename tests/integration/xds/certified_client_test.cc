// Clients off the host over TLS, each known by its certificate alone: what they are told, and who
// is turned away with which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "envoy/service/discovery/v3/discovery.pb.h"
#include "envoy/service/load_stats/v3/lrs.pb.h"
#include "h2/tls_server_transport.h"
#include "integration/h2/grpc_call.h"
#include "runtime/loop_thread.h"
#include "support/certificates.h"
#include "xds/server.h"

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;
using envoy::service::discovery::v3::DiscoveryRequest;
using envoy::service::discovery::v3::DiscoveryResponse;
using h2::testing::GrpcCall;
using ::testing::HasSubstr;

const std::string kAds =
    "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";
const std::string kLrs = "/envoy.service.load_stats.v3.LoadReportingService/StreamLoadStats";
const std::string kListeners = "type.googleapis.com/envoy.config.listener.v3.Listener";
const std::string kAssignments =
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";

// Whoever comes over TCP is off the host.
class FarLocator final : public ClientLocator {
 public:
  void Watch(ClientWatch, ClientOrigin, Tell tell) override {
    if (is_silent) return;
    ClientPlace place;
    place.is_off_host = true;
    place.doubt = "no running container has its address";
    tell(std::move(place));
  }
  void Unwatch(ClientWatch) override {}

  bool is_silent = false;
};

ProjectsOf Rules(std::map<std::string, Projects> rules) {
  return [rules = std::move(rules)](const std::vector<std::string>& names) -> Projects {
    std::set<std::string> seen;
    for (const std::string& name : names) {
      const auto found = rules.find(name);
      if (found == rules.end()) continue;
      if (!found->second) return std::nullopt;
      seen.insert(found->second->begin(), found->second->end());
    }
    return seen;
  };
}

class CertifiedClient : public ::testing::Test, private AdoptionSink, private DiscoveryObserver {
 protected:
  using Set = std::set<std::string>;

  CertifiedClient() {
    std::filesystem::create_directories(folder_);
    const test::KeyPair server = test::Issue(authority_, {.alternative = "IP:127.0.0.1"});
    Write("cert", server.cert);
    Write("key", server.key);
    Write("ca", authority_.cert);
  }
  ~CertifiedClient() override {
    loop_.RunAndWait([&] {
      server_.reset();
      profile_.reset();
    });
    std::filesystem::remove_all(folder_);
  }

  void Start(ProjectsOf projects_of, std::size_t limits_max = 64) {
    loop_.RunAndWait([&] {
      DiscoveryOptions options;
      options.locator = &locator_;
      options.projects_of = std::move(projects_of);
      options.viewer_limits_max = limits_max;
      options.housekeeping_interval = 20ms;
      server_ = std::make_unique<DiscoveryServer>(loop_.loop(), std::move(options),
                                                  static_cast<AdoptionSink&>(*this),
                                                  static_cast<DiscoveryObserver&>(*this));
      profile_ = std::make_unique<h2::ServerProfile>(
          loop_.loop(),
          tls::Profile{.name = "corp",
                       .cert = folder_ + "cert",
                       .key = folder_ + "key",
                       .ca = folder_ + "ca",
                       .client_auth = tls::ClientAuth::kRequire},
          tls::ServerProtocol::kHttp2, tls::LiveProfile::Tell());
      port_ = server_->ListenTcp("127.0.0.1", 0, profile_->transports()).value();
    });
    server_->OpenGate();
    Publish("user", "shop");
    Publish("cart", "media");
  }
  std::uint64_t Publish(const std::string& service, const std::string& project) {
    fleet::ServiceView view;
    view.name = {project, service};
    view.port = 50051;
    view.revision = ++revision_;
    fleet::Endpoint endpoint;
    endpoint.port = 50051;
    endpoint.host_network = true;
    view.endpoints.push_back(endpoint);
    server_->Publish({std::make_shared<const fleet::ServiceView>(std::move(view))}, {});
    return revision_;
  }
  // A channel of its own with a certificate for `names`: "URI:spiffe://corp/web".
  std::shared_ptr<grpc::Channel> As(const std::string& names) const {
    const test::KeyPair own = test::Issue(authority_, {.alternative = names});
    return h2::testing::Dial("127.0.0.1:" + std::to_string(port_),
                             grpc::SslCredentials({.pem_root_certs = authority_.cert,
                                                   .pem_private_key = own.key,
                                                   .pem_cert_chain = own.cert}));
  }
  static bool Ask(GrpcCall& call, const std::string& url, const std::vector<std::string>& names,
                  const std::string& nonce = "") {
    DiscoveryRequest request;
    request.mutable_node()->set_id("far");
    request.set_type_url(url);
    request.set_response_nonce(nonce);
    for (const std::string& name : names) request.add_resource_names(name);
    return call.Send(request.SerializeAsString());
  }
  // How many resources the next response has; -1 when the stream is over.
  static int Told(GrpcCall& call) {
    DiscoveryResponse response;
    const auto bytes = call.Receive();
    return bytes && response.ParseFromString(*bytes) ? response.resources_size() : -1;
  }
  std::vector<ClientReport> Clients() {
    std::vector<ClientReport> clients;
    loop_.RunAndWait([&] { clients = server_->Clients(); });
    return clients;
  }
  std::vector<DeniedNote> denied() {
    const std::lock_guard lock(mutex_);
    return denied_;
  }
  bool WaitDenied(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (denied().size() < count) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  bool WaitAdopted(std::uint64_t revision) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    const auto adopted = [&] {
      const std::lock_guard lock(mutex_);
      return adopted_;
    };
    while (adopted() < revision) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  FarLocator locator_;
  runtime::LoopThread loop_{"xds-test"};
  std::unique_ptr<DiscoveryServer> server_;

 private:
  void OnAdopted(const ServiceName&, std::uint64_t revision) override {
    const std::lock_guard lock(mutex_);
    adopted_ = std::max(adopted_, revision);
  }
  void OnRefused(const RefusedNote&) override {}
  void OnPlaced(const PlacedNote&) override {}
  void OnDenied(const DeniedNote& note) override {
    const std::lock_guard lock(mutex_);
    denied_.push_back(note);
  }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name) << text;
    chmod((folder_ + name).c_str(), 0600);
  }

  const std::string folder_ =
      ::testing::TempDir() + "fairlead-certified-" + std::to_string(getpid()) + "/";
  const test::KeyPair authority_ = test::MakeAuthority("root");
  std::unique_ptr<h2::ServerProfile> profile_;
  std::uint16_t port_ = 0;
  std::uint64_t revision_ = 0;
  std::mutex mutex_;
  std::vector<DeniedNote> denied_;
  std::uint64_t adopted_ = 0;
};

const std::string kWeb = "URI:spiffe://corp/web";

TEST_F(CertifiedClient, IsToldOfTheProjectsThatItsCertificateMaySee) {
  Start(Rules({{kWeb, Set{"shop"}}, {"DNS:console.corp", std::nullopt}}));
  GrpcCall web(As(kWeb), kAds);
  ASSERT_TRUE(Ask(web, kListeners, {"user", "user.shop", "cart", "cart.media"}));
  EXPECT_EQ(Told(web), 2);
  ASSERT_TRUE(WaitDenied(2));
  EXPECT_EQ(denied()[0].reason, DenialReason::kProject);
  EXPECT_EQ(denied()[0].asked, "cart");
  EXPECT_EQ(denied()[0].project, "media");
  EXPECT_EQ(denied()[0].names, std::vector<std::string>{kWeb});
  GrpcCall console(As("DNS:console.corp"), kAds);
  ASSERT_TRUE(Ask(console, kListeners, {"user", "cart.media"}));
  EXPECT_EQ(Told(console), 2);
  ASSERT_EQ(Clients().size(), 2u);
  EXPECT_EQ(Clients()[0].projects, Projects(Set{"shop"}));
  EXPECT_THAT(Clients()[0].types.at(0).missing.at("cart"), HasSubstr("access.discovery"));
  EXPECT_EQ(Clients()[1].projects, std::nullopt);
  EXPECT_EQ(Clients()[1].names, std::vector<std::string>{"DNS:console.corp"});
}

TEST_F(CertifiedClient, ThatNoRuleNamesIsTurnedAwayWithTheReason) {
  Start(Rules({{kWeb, Set{"shop"}}}));
  GrpcCall stranger(As("DNS:stranger.corp"), kAds);
  Ask(stranger, kListeners, {"user"});
  EXPECT_EQ(Told(stranger), -1);
  const grpc::Status status = stranger.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("DNS:stranger.corp"));
  ASSERT_TRUE(WaitDenied(1));
  EXPECT_EQ(denied()[0].reason, DenialReason::kIdentity);
  const auto clients = Clients();
  ASSERT_EQ(clients.size(), 1u);
  EXPECT_THAT(clients[0].denied, HasSubstr("access.discovery"));
  EXPECT_TRUE(clients[0].ended_at.has_value());
  EXPECT_TRUE(clients[0].is_unnamed);
}

TEST_F(CertifiedClient, WhileTheEngineIsSilentNobodyIsTurnedAwayForGood) {
  locator_.is_silent = true;
  Start(Rules({}));
  // It comes from loopback, so it counts as on the host: the certificate is none of it.
  GrpcCall call(As("DNS:stranger.corp"), kAds);
  ASSERT_TRUE(Ask(call, kListeners, {"user"}));
  EXPECT_EQ(Told(call), 1);
  EXPECT_TRUE(denied().empty());
}

TEST_F(CertifiedClient, NewRulesAreForThoseWhoAreConnectedAndNobodyElseLosesAnything) {
  Start(Rules({{kWeb, Set{"shop"}}, {"DNS:ops.corp", Set{"media", "shop"}}}));
  GrpcCall web(As(kWeb), kAds);
  GrpcCall ops(As("DNS:ops.corp"), kAds);
  ASSERT_TRUE(Ask(web, kListeners, {"user", "cart"}));
  EXPECT_EQ(Told(web), 1);
  ASSERT_TRUE(Ask(web, kListeners, {"user", "cart"}, "1"));
  ASSERT_TRUE(Ask(ops, kListeners, {"user", "cart", "pay"}));
  EXPECT_EQ(Told(ops), 2);
  server_->SetProjects(
      Rules({{kWeb, Set{"shop", "media"}}, {"DNS:ops.corp", Set{"media", "shop"}}}));
  EXPECT_EQ(Told(web), 2) << "given more";
  server_->SetProjects(Rules({{"DNS:ops.corp", Set{"media", "shop"}}}));
  EXPECT_EQ(Told(web), 0) << "all taken away: told so over the stream that it has";
  // What comes next is told to one of them alone.
  Publish("pay", "shop");
  EXPECT_EQ(Told(ops), 3);
  const auto clients = Clients();
  ASSERT_EQ(clients.size(), 2u);
  EXPECT_THAT(clients[0].denied, HasSubstr("access.discovery"));
  EXPECT_FALSE(clients[0].ended_at.has_value());
  EXPECT_EQ(clients[1].denied, "");
  server_->SetProjects(Rules({{kWeb, Set{"shop"}}}));
  EXPECT_EQ(Told(web), 1) << "and given back";
}

TEST_F(CertifiedClient, WhoAsksForWhatItCannotSeeHoldsUpNoDrain) {
  Start(Rules({{kWeb, Set{"shop"}}}));
  GrpcCall web(As(kWeb), kAds);
  ASSERT_TRUE(Ask(web, kAssignments, {"user.shop", "cart.media"}));
  EXPECT_EQ(Told(web), 1);
  EXPECT_TRUE(WaitAdopted(Publish("cart", "media")));
}

TEST_F(CertifiedClient, OneSetOfProjectsTooManyIsRefused) {
  Start(Rules({{kWeb, Set{"shop"}}, {"DNS:a", Set{"media"}}, {"DNS:b", Set{"shop"}}}), 1);
  GrpcCall web(As(kWeb), kAds);
  ASSERT_TRUE(Ask(web, kListeners, {"user"}));
  EXPECT_EQ(Told(web), 1);
  GrpcCall other(As("DNS:a"), kAds);
  Ask(other, kListeners, {"cart"});
  EXPECT_EQ(Told(other), -1);
  EXPECT_EQ(other.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  GrpcCall same(As("DNS:b"), kAds);
  ASSERT_TRUE(Ask(same, kListeners, {"user"}));
  EXPECT_EQ(Told(same), 1);
}

TEST_F(CertifiedClient, ThatSeesNothingTellsOfNoCalls) {
  Start(Rules({{kWeb, Set{"shop"}}}));
  const auto channel = As(kWeb);
  GrpcCall web(channel, kAds);
  ASSERT_TRUE(Ask(web, kListeners, {"user"}));
  EXPECT_EQ(Told(web), 1);
  GrpcCall loads(channel, kLrs);
  envoy::service::load_stats::v3::LoadStatsRequest report;
  report.mutable_node()->set_id("far");
  ASSERT_TRUE(loads.Send(report.SerializeAsString()));
  ASSERT_TRUE(loads.Receive().has_value());
  for (const std::string name : {"cart.media", "user.shop"}) {
    auto& cluster = *report.add_cluster_stats();
    cluster.set_cluster_name(name);
    cluster.mutable_load_report_interval()->set_seconds(1);
    cluster.add_upstream_locality_stats()->set_total_requests_in_progress(3);
  }
  ASSERT_TRUE(loads.Send(report.SerializeAsString()));
  const auto named = [&] {
    Set services;
    loop_.RunAndWait([&] {
      for (const auto& [name, total] : server_->loads().services) services.insert(name);
    });
    return services;
  };
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (named().empty() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(named(), Set{"user.shop"});
}

}  // namespace
}  // namespace fairlead::xds::testing
