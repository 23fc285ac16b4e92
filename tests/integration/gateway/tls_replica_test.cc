// The gateway's calls to replicas that speak TLS: who is believed, what is said when somebody is
// not, and files that are replaced under calls.
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "h2/tls_transport.h"
#include "integration/gateway/described_server.h"
#include "integration/gateway/gateway_calls.h"
#include "integration/health/tls_files.h"
#include "tls/client_context.h"
#include "tls/live_profile.h"
#include "unit/gateway/greeter_files.h"

namespace fairlead::gateway {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using health::testing::TlsFiles;

const std::string kUri = "spiffe://corp/shop/greeter";
constexpr const char* kToldToCallers =
    "greeter.shop could not be reached: TLS with its replicas came to nothing; the daemon's log "
    "says why";

// What the gateway's connections are made with; it outlives the test's own part of the fixture.
struct Dialling {
  tls::Profile profile;
  std::atomic<int> peers = 0;
  std::atomic<int> connections = 0;
};

class TlsReplicas : public GatewayCalls {
 protected:
  TlsReplicas() {
    dialling_->profile = files_.Profile();
    tls_transports_ = [dialling = dialling_](const ReplicaTls& tls) -> h2::TransportMaker {
      ++dialling->peers;
      return [dialling,
              make = h2::MakeTlsTransports(
                  std::make_shared<tls::LiveProfile>(dialling->profile, tls::LiveProfile::Tell{},
                                                     tls::MakeKeptClientContext),
                  {.host = tls.host,
                   .other_names = tls.other_names,
                   .uri = tls.uri,
                   .bytes_per_second_max = h2::kTlsBytesUnbounded})](int descriptor) {
        ++dialling->connections;
        return make(descriptor);
      };
    };
  }

  // One that shows `pair` and wants a certificate of `authority`.
  static std::shared_ptr<grpc::ServerCredentials> Showing(const test::KeyPair& pair,
                                                          const std::string& authority) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = authority;
    options.pem_key_cert_pairs.push_back({pair.key, pair.cert});
    return grpc::SslServerCredentials(options);
  }
  std::string TlsTroubles() {
    std::string text;
    loop_.RunAndWait([&] {
      for (const std::string& trouble : tls_troubles_) text += trouble + "\n";
    });
    return text;
  }

  TlsFiles files_;
  const std::shared_ptr<Dialling> dialling_ = std::make_shared<Dialling>();
  tls::Profile& profile_ = dialling_->profile;
};

TEST_F(TlsReplicas, AreCalledWhereTheyAreWhoIsExpected) {
  const std::pair<const char*, ReplicaTls> rows[] = {
      {"DNS:greeter.shop", {.profile = "corp", .host = "greeter.shop"}},
      {"DNS:greeter", {.profile = "corp", .host = "greeter.shop", .other_names = {"greeter"}}},
      {"URI:spiffe://corp/shop/greeter", {.profile = "corp", .host = "greeter.shop", .uri = kUri}}};
  for (const auto& [names, expected] : rows) {
    DescribedServer server({.description = Greeter(),
                            .credentials = Showing(files_.Server(names), files_.authority().cert)});
    Publish({{names, server.port(), expected}});
    const HttpAnswer answer = Get("/v1/hello/Docker");
    EXPECT_EQ(answer.body, R"({"message":"Hello, Docker!"})") << names << TlsTroubles();
  }
  EXPECT_EQ(TlsTroubles(), "");
}

TEST_F(TlsReplicas, GiveAndTakeMoreThanOneRecordHolds) {
  DescribedServer server(
      {.description = Greeter(),
       .credentials = Showing(files_.Server("DNS:greeter.shop"), files_.authority().cert)});
  Publish({{"a", server.port(), ReplicaTls{.profile = "corp", .host = "greeter.shop"}}});
  const std::string name(3'000'000, 'n');
  const HttpAnswer answer =
      Ask({.line = "POST /v1/hello", .body = R"({"name": ")" + name + R"("})"});
  EXPECT_EQ(answer.status, 200) << answer.body.substr(0, 300);
  EXPECT_EQ(answer.body, R"({"message":"Hello, )" + name + R"(!"})");
}

// Whoever is not believed, in either direction: callers hear of TLS and of nothing else, and the
// daemon why.
TEST_F(TlsReplicas, AreNotCalledWhereOneSideDoesNotBelieveTheOther) {
  const test::KeyPair elsewhere = test::MakeAuthority("elsewhere");
  const test::KeyPair good = files_.Server("DNS:greeter.shop");
  const std::string root = files_.authority().cert;
  tls::Profile bare = files_.Profile();
  bare.cert = bare.key = "";
  tls::Profile missing = files_.Profile();
  missing.cert = files_.Path("nothing");
  const struct {
    const char* what;
    test::KeyPair shown;
    std::string believed;
    tls::Profile profile;
    const char* words;
    std::string uri = "";
  } rows[] = {
      {"wrong name", files_.Server("DNS:cart.shop"), root, profile_, "is not for greeter.shop"},
      {"wrong identity", good, root, profile_, "is not for spiffe://corp/shop/greeter", kUri},
      {"wrong authority", test::Issue(elsewhere, {.alternative = "DNS:greeter.shop"}), root,
       profile_, "is not signed by"},
      {"expired", files_.Server("DNS:greeter.shop", -2, -1), root, profile_, "has expired"},
      {"our authority is not its", good, elsewhere.cert, profile_, "refuses us with"},
      {"no certificate of ours", good, root, bare, "refuses us without a client certificate"},
      {"no such file", good, root, missing, "of TLS profile corp"}};
  for (const auto& row : rows) {
    profile_ = row.profile;
    loop_.RunAndWait([&] { tls_troubles_.clear(); });
    DescribedServer server(
        {.description = Greeter(), .credentials = Showing(row.shown, row.believed)});
    const ReplicaTls expected{.profile = "corp", .host = "greeter.shop", .uri = row.uri};
    Publish({{row.what, server.port(), expected}});
    const HttpAnswer answer = Get("/v1/hello/x");
    EXPECT_EQ(answer.status, 503) << row.what << answer.body;
    EXPECT_EQ(CodeOf(answer), 14) << row.what;
    EXPECT_NE(answer.body.find(kToldToCallers), std::string::npos) << row.what << answer.body;
    EXPECT_NE(TlsTroubles().find(row.words), std::string::npos) << row.what << TlsTroubles();
    EXPECT_EQ(server.calls, 0) << row.what;
  }
}

// One that is described by a file is called without a question, and a server without TLS is not
// called in plaintext.
TEST_F(TlsReplicas, WithoutTlsAreNotCalled) {
  DescribedServer server({.description = Greeter()});
  traffic_.gateway.descriptor = "greeter";
  Mount(GreeterText());
  Publish({{"a", server.port(), ReplicaTls{.profile = "corp", .host = "greeter.shop"}}});
  EXPECT_TRUE(Comes([&] {
    return Get("/v1/hello/x").body.find(std::string("call ") + kToldToCallers) != std::string::npos;
  }));
  EXPECT_EQ(server.calls, 0);
  EXPECT_NE(TlsTroubles(), "");
  // The same address, as its new labels say.
  Publish({{"a", server.port()}});
  EXPECT_TRUE(Comes([&] { return Get("/v1/hello/x").status == 200; }));
}

TEST_F(TlsReplicas, AreCalledAgainOnceTheirFilesAreRight) {
  const std::string right = profile_.ca;
  profile_.ca = files_.Path("other-ca");
  files_.Write("other-ca", test::MakeAuthority("elsewhere").cert);
  DescribedServer server(
      {.description = Greeter(),
       .credentials = Showing(files_.Server("DNS:greeter.shop"), files_.authority().cert)});
  Publish({{"a", server.port(), ReplicaTls{.profile = "corp", .host = "greeter.shop"}}});
  EXPECT_EQ(Get("/v1/hello/x").status, 503);
  fs::rename(right, profile_.ca);
  EXPECT_TRUE(Comes([&] { return Get("/v1/hello/x").status == 200; }));
  EXPECT_TRUE(TlsTroubles().ends_with("greeter.shop/a: \n")) << TlsTroubles();
  EXPECT_EQ(dialling_->peers, 1);
}

// Two sides whose files are read again and again, and their directories, which change at once.
class Rotation : public TlsReplicas {
 protected:
  Rotation() {
    server_ = {.cert = files_.Path("server/cert"),
               .key = files_.Path("server/key"),
               .ca = files_.Path("server/ca")};
    profile_ = {.name = "corp",
                .cert = files_.Path("gateway/cert"),
                .key = files_.Path("gateway/key"),
                .ca = files_.Path("gateway/ca")};
  }
  // The symlink `side` leads to new files now.
  void Mount(const std::string& side, const test::KeyPair& pair, const std::string& authorities) {
    const std::string folder = "generation-" + std::to_string(++generation_);
    fs::create_directories(files_.Path(folder));
    files_.Write(folder + "/cert", pair.cert);
    files_.Write(folder + "/key", pair.key);
    files_.Write(folder + "/ca", authorities);
    fs::create_symlink(folder, files_.Path(side + ".new"));
    fs::rename(files_.Path(side + ".new"), files_.Path(side));
  }
  // Whether somebody with that pair, who believes that authority, is answered by the server.
  bool IsAnswered(std::uint16_t port, const test::KeyPair& pair, const std::string& authority) {
    const std::string folder = "asker-" + std::to_string(++generation_);
    fs::create_directories(files_.Path(folder));
    tls::Profile asker{.name = "asker",
                       .cert = files_.Path(folder + "/cert"),
                       .key = files_.Path(folder + "/key"),
                       .ca = files_.Path(folder + "/ca")};
    files_.Write(folder + "/cert", pair.cert);
    files_.Write(folder + "/key", pair.key);
    files_.Write(folder + "/ca", authority);
    const tls::Profile gateways = std::exchange(profile_, asker);
    const auto described =
        Described({{"127.0.0.1", port, ReplicaTls{.profile = "corp", .host = "greeter.shop"}}}, 2s);
    profile_ = gateways;
    return described.has_value();
  }
  std::shared_ptr<grpc::ServerCredentials> Watching() const {
    namespace tls = grpc::experimental;
    tls::TlsServerCredentialsOptions options(std::make_shared<tls::FileWatcherCertificateProvider>(
        server_.key, server_.cert, server_.ca, /*refresh_interval_sec=*/1));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    return tls::TlsServerCredentials(options);
  }

  tls::Profile server_;
  int generation_ = 0;
};

TEST_F(Rotation, OfPairsAndAuthoritiesFailsNoCall) {
  const test::KeyPair old_root = test::MakeAuthority("old");
  const test::KeyPair new_root = test::MakeAuthority("new");
  const std::string both = old_root.cert + new_root.cert;
  const test::CertificateRequest server{.alternative = "DNS:greeter.shop"};
  const test::KeyPair old_server = test::Issue(old_root, server);
  const test::KeyPair new_server = test::Issue(new_root, server);
  const test::KeyPair old_gateway = test::Issue(old_root, {.name = "fairlead"});
  const test::KeyPair new_gateway = test::Issue(new_root, {.name = "fairlead"});
  Mount("server", old_server, old_root.cert);
  Mount("gateway", old_gateway, old_root.cert);
  DescribedServer replica(
      {.description = Greeter(), .credentials = Watching(), .connection_age_ms = 150});
  Publish({{"a", replica.port(), ReplicaTls{.profile = "corp", .host = "greeter.shop"}}});

  std::atomic<bool> is_over = false;
  std::atomic<int> calls = 0;
  std::string wrong;
  std::thread caller([&] {
    while (!is_over) {
      const HttpAnswer answer = Get("/v1/hello/x");
      if (answer.status != 200) wrong += answer.body + "\n";
      ++calls;
    }
  });
  const auto step = [&](auto is_there) { EXPECT_TRUE(Comes(is_there)); };
  step([&] { return calls > 20; });
  Mount("server", old_server, both);
  Mount("gateway", old_gateway, both);
  step([&] { return IsAnswered(replica.port(), new_gateway, old_root.cert); });
  Mount("server", new_server, both);
  Mount("gateway", new_gateway, both);
  step([&] { return IsAnswered(replica.port(), new_gateway, new_root.cert); });
  Mount("server", new_server, new_root.cert);
  Mount("gateway", new_gateway, new_root.cert);
  step([&] { return !IsAnswered(replica.port(), old_gateway, new_root.cert); });
  const int before = dialling_->connections;
  step([&] { return dialling_->connections > before + 3; });
  is_over = true;
  caller.join();
  EXPECT_EQ(wrong, "") << calls << " calls over " << dialling_->connections << " connections\n"
                       << TlsTroubles();
  EXPECT_EQ(TlsTroubles(), "");
}

}  // namespace
}  // namespace fairlead::gateway
