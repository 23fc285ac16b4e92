// Health and reflection of the stock gRPC C++ server, in plaintext and over TLS.
#include <gmock/gmock.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "diagnose/namespace_probes.h"
#include "support/certificates.h"

namespace fairlead::diagnose {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class StockServer {
 public:
  explicit StockServer(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
    builder.RegisterCallbackGenericService(&others_);
    server_ = builder.BuildAndStart();
  }
  ~StockServer() { server_->Shutdown(std::chrono::system_clock::now()); }
  Way way(bool is_tls) const {
    return {.ip = "127.0.0.1",
            .port = static_cast<std::uint16_t>(port_),
            .is_tls = is_tls,
            .name = "api.shop"};
  }

 private:
  int port_ = 0;
  grpc::CallbackGenericService others_;
  std::unique_ptr<grpc::Server> server_;
};

class StockServerProbes : public ::testing::Test {
 protected:
  StockServerProbes() {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "ca.pem") << authority_.cert;
    std::ofstream(folder_ / "cert.pem") << ours_.cert;
    std::ofstream(folder_ / "key.pem") << ours_.key;
    std::filesystem::permissions(folder_ / "key.pem", std::filesystem::perms::owner_read);
  }
  ~StockServerProbes() override { std::filesystem::remove_all(folder_); }

  std::shared_ptr<grpc::ServerCredentials> Secure(bool asks_for_ours) const {
    grpc::SslServerCredentialsOptions options(
        asks_for_ours ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                      : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    options.pem_root_certs = authority_.cert;
    options.pem_key_cert_pairs.push_back({server_.key, server_.cert});
    return grpc::SslServerCredentials(options);
  }
  tls::Profile Profile() const {
    return {.name = "corp",
            .cert = folder_ / "cert.pem",
            .key = folder_ / "key.pem",
            .ca = folder_ / "ca.pem",
            .server_name = ""};
  }
  static NamespaceProbes Probes(std::optional<tls::Profile> profile = std::nullopt) {
    return NamespaceProbes({.client_socket = [](int family, int type) -> Result<int> {
                              return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                            },
                            .client_pid = getpid(),
                            .server_pid = getpid(),
                            .check_pids = [] { return Result<>(); },
                            .tls = std::move(profile)});
  }

  const std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                        ("fairlead-diagnose-stock-" + std::to_string(getpid()));
  const test::KeyPair authority_ = test::MakeAuthority("corp");
  const test::KeyPair server_ =
      test::Issue(authority_, {.name = "api", .alternative = "DNS:api.shop"});
  const test::KeyPair ours_ = test::Issue(authority_, {.name = "fairlead"});
};

void ExpectToldIn(NamespaceProbes probes, const Way& way) {
  const auto health = probes.AskHealth(way, "");
  ASSERT_TRUE(health);
  EXPECT_EQ(health->word, HealthWord::kServing) << health->detail;
  EXPECT_EQ(probes.AskHealth(way, "nobody")->word, HealthWord::kUnknownName);
  const auto reflection = probes.AskReflection(way);
  ASSERT_TRUE(reflection);
  EXPECT_TRUE(reflection->is_told) << reflection->detail;
  EXPECT_THAT(reflection->services, Contains("grpc.health.v1.Health"));
}

TEST_F(StockServerProbes, TellHealthAndReflectionInPlaintextOverTlsAndMutualTls) {
  const StockServer plain(grpc::InsecureServerCredentials());
  ExpectToldIn(Probes(), plain.way(false));
  const StockServer secure(Secure(false));
  ExpectToldIn(Probes(), secure.way(true));
  ExpectToldIn(Probes(Profile()), secure.way(true));
  const StockServer mutual(Secure(true));
  ExpectToldIn(Probes(Profile()), mutual.way(true));
}

TEST_F(StockServerProbes, AServerThatWantsACertificateOrIsNotBelievedIsTold) {
  const StockServer mutual(Secure(true));
  const auto refused = Probes().AskHealth(mutual.way(true), "");
  EXPECT_EQ(refused->word, HealthWord::kNoTls) << refused->detail;
  std::ofstream(folder_ / "ca.pem") << test::MakeAuthority("elsewhere").cert;
  const auto doubted = Probes(Profile()).AskHealth(mutual.way(true), "");
  EXPECT_EQ(doubted->word, HealthWord::kNoTls) << doubted->detail;
  std::filesystem::remove(folder_ / "ca.pem");
  EXPECT_THAT(Probes(Profile()).AskHealth(mutual.way(true), "")->detail, HasSubstr("ca.pem"));
}

}  // namespace
}  // namespace fairlead::diagnose
