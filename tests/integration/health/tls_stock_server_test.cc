// Checks over TLS and mutual TLS against the stock gRPC C++ server, and while certificates change.
#include <gmock/gmock.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <vector>

#include "integration/health/recording_sink.h"
#include "integration/health/tls_files.h"

namespace fairlead::health::testing {
namespace {

using spec::CheckClass;
using ::testing::HasSubstr;

enum class Asks { kNothing, kForOurCertificate };

class SecureStockServer {
 public:
  SecureStockServer(const test::KeyPair& identity, const std::string& authority, Asks asks,
                    int port = 0)
      : port_(port) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::SslServerCredentialsOptions options(
        asks == Asks::kNothing ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                               : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_root_certs = authority;
    options.pem_key_cert_pairs.push_back({identity.key, identity.cert});
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:" + std::to_string(port), SslServerCredentials(options),
                             &port_);
    builder.RegisterCallbackGenericService(&others_);
    server_ = builder.BuildAndStart();
  }
  ~SecureStockServer() { server_->Shutdown(std::chrono::system_clock::now()); }
  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  void Set(bool serving) { server_->GetHealthCheckService()->SetServingStatus("", serving); }

 private:
  int port_;
  grpc::CallbackGenericService others_;
  std::unique_ptr<grpc::Server> server_;
};

spec::CheckTarget Securely(std::uint16_t port, const std::string& profile = "corp") {
  spec::CheckTarget target = TargetOn(port);
  target.health.timeout = 5s;
  target.health.tls_profile = profile;
  return target;
}

class TlsStockServer : public ::testing::Test {
 protected:
  TlsSettings Settings(const std::string& server_name = "") const {
    return {.profiles = {files_.Profile(server_name)}};
  }
  TlsFiles files_;
};

TEST_F(TlsStockServer, WithServerOrMutualTlsIsServing) {
  for (const Asks asks : {Asks::kNothing, Asks::kForOurCertificate}) {
    SecureStockServer server(files_.Server(), files_.authority().cert, asks);
    ProberUnderTest under_test({}, {}, Settings());
    under_test.prober().Begin(Securely(server.port()));
    const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
    EXPECT_EQ(outcome.check_class, CheckClass::kServing) << outcome.detail;
  }
}

TEST_F(TlsStockServer, IsAskedAThousandTimesInARowOverOneConnection) {
  SecureStockServer server(files_.Server(), files_.authority().cert, Asks::kForOurCertificate);
  ProberLimits limits;
  limits.client.frames_per_second_max = limits.client.reads_per_second_max = 100'000;
  limits.client.bytes_per_second_max = 10 * 1024 * 1024;
  ProberUnderTest under_test(limits, {}, Settings());
  spec::CheckTarget target = Securely(server.port());
  target.health.interval = 1ms;
  under_test.prober().Begin(target);
  for (std::size_t i = 0; i < 1'000; ++i) {
    const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", i);
    ASSERT_EQ(outcome.check_class, CheckClass::kServing) << i << outcome.detail;
  }
}

TEST_F(TlsStockServer, ItsChangesAreToldByWatch) {
  SecureStockServer server(files_.Server(), files_.authority().cert, Asks::kForOurCertificate);
  ProberUnderTest under_test({}, {}, Settings());
  under_test.prober().Begin(Securely(server.port()));
  ASSERT_EQ(under_test.sink().Outcome("c1", 0).check_class, CheckClass::kServing);
  server.Set(false);
  EXPECT_EQ(under_test.sink().Outcome("c1", 1).check_class, CheckClass::kNotServing);
  server.Set(true);
  EXPECT_EQ(under_test.sink().Outcome("c1", 2).check_class, CheckClass::kServing);
}

TEST_F(TlsStockServer, ThatDoesNotKnowOurAuthorityIsToldAsRefusal) {
  SecureStockServer server(files_.Server(), test::MakeAuthority("elsewhere").cert,
                           Asks::kForOurCertificate);
  ProberUnderTest under_test({}, {}, Settings());
  under_test.prober().Begin(Securely(server.port()));
  const spec::CheckOutcome outcome = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(outcome.check_class, CheckClass::kTls) << outcome.detail;
  EXPECT_THAT(outcome.detail, HasSubstr("refuses us"));
}

TEST_F(TlsStockServer, AskedInPlaintextAndAPlaintextOneAskedByTlsAreBothToldAsTls) {
  SecureStockServer server(files_.Server(), files_.authority().cert, Asks::kNothing);
  ProberUnderTest under_test({}, {}, Settings());
  under_test.prober().Begin(Securely(server.port(), ""));
  const spec::CheckOutcome plain = under_test.sink().Outcome("c1", 0);
  EXPECT_EQ(plain.check_class, CheckClass::kTls) << plain.detail;

  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  grpc::CallbackGenericService none;
  builder.RegisterCallbackGenericService(&none);
  const std::unique_ptr<grpc::Server> insecure = builder.BuildAndStart();
  spec::CheckTarget target = Securely(static_cast<std::uint16_t>(port));
  target.generation.id.value = "c2";
  under_test.prober().Begin(target);
  const spec::CheckOutcome secure = under_test.sink().Outcome("c2", 0);
  EXPECT_EQ(secure.check_class, CheckClass::kTls) << secure.detail;
  EXPECT_THAT(secure.detail, HasSubstr("speaks no TLS"));
  insecure->Shutdown(std::chrono::system_clock::now());
}

// One target keeps its connection while our pair is replaced, and another connects with each pair.
TEST_F(TlsStockServer, AHundredRotationsUnderChecksFailNone) {
  constexpr int kRotations = 100;
  SecureStockServer server(files_.Server(), files_.authority().cert, Asks::kForOurCertificate);
  std::mutex mutex;
  int taken = 0;
  TlsSettings settings = Settings();
  settings.tell = [&](const tls::ProfileNews& news) {
    const std::lock_guard lock(mutex);
    taken += news.is_taken ? 1 : 0;
  };
  ProberLimits limits;
  limits.client.frames_per_second_max = 100'000;
  limits.tls_look_interval = 1ms;
  ProberUnderTest under_test(limits, {}, settings);
  spec::CheckTarget kept = Securely(server.port());
  kept.health.interval = 2ms;
  under_test.prober().Begin(kept);
  std::size_t next = 0;
  for (int rotation = 1; rotation <= kRotations; ++rotation) {
    files_.Show({.name = "fairlead " + std::to_string(rotation)});
    // A second target connects anew each time.
    spec::CheckTarget fresh = Securely(server.port());
    fresh.generation.id.value = "fresh " + std::to_string(rotation);
    under_test.prober().Begin(fresh);
    const spec::CheckOutcome outcome = under_test.sink().Outcome(fresh.generation.id.value, 0);
    ASSERT_EQ(outcome.check_class, CheckClass::kServing) << rotation << ": " << outcome.detail;
    under_test.prober().End(fresh.generation);
    const spec::CheckOutcome of_kept = under_test.sink().Outcome("c1", next++);
    ASSERT_EQ(of_kept.check_class, CheckClass::kServing) << rotation << ": " << of_kept.detail;
  }
  const std::lock_guard lock(mutex);
  EXPECT_GE(taken, kRotations);
}

}  // namespace
}  // namespace fairlead::health::testing
