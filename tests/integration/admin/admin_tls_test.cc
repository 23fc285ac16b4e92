// The admin API by TLS, as the stock gRPC client sees it.
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>

#include "admin/server.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"
#include "integration/admin/fake_control.h"
#include "support/certificates.h"

namespace fairlead::admin {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::FakeControl;
using v1::ActResult;

class AdminByTls : public ::testing::Test {
 protected:
  AdminByTls() {
    std::string pattern = fs::temp_directory_path() / "fairlead-admin-tls-XXXXXX";
    root_ = mkdtemp(pattern.data());
    socket_ = root_ / "admin" / "admin.sock";
    control_.AddService("shop", "user-service", 3);
    control_.answers["user-service.shop/2"] = Result<>();
    Write("ca", authority_.cert);
    WritePair(authority_);
  }
  ~AdminByTls() override {
    if (server_) server_->Stop(0s);
    fs::remove_all(root_);
  }

  void Write(const std::string& name, const std::string& text) const {
    const fs::path fresh = root_ / (name + ".new");
    std::ofstream(fresh) << text;
    fs::permissions(fresh, fs::perms::owner_read | fs::perms::owner_write);
    fs::rename(fresh, root_ / name);
  }
  void WritePair(const test::KeyPair& authority) const {
    const test::KeyPair pair = test::Issue(authority, {.alternative = "DNS:fairlead.corp"});
    Write("cert", pair.cert);
    Write("key", pair.key);
  }
  // Clients have to show a certificate of our authority.
  Result<> Start(std::vector<std::string> listen) {
    server_ = std::make_unique<AdminServer>(
        AdminServer::Options{
            .listen = std::move(listen),
            .peer_sources = {.cgroup = [](std::int32_t) -> Result<std::string> {
              return "0::/user.slice\n";
            }},
            .tls = AdminServer::Tls{.profile = {.name = "ops",
                                                .cert = root_ / "cert",
                                                .key = root_ / "key",
                                                .ca = root_ / "ca",
                                                .client_auth = tls::ClientAuth::kRequire},
                                    .refused =
                                        [this](const std::string&, const std::string& why) {
                                          refused_.set_value(why);
                                        }}},
        control_, log_);
    return server_->Start();
  }
  std::unique_ptr<v1::Admin::Stub> Stub(const std::string& target,
                                        const std::shared_ptr<grpc::ChannelCredentials>& with) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetSslTargetNameOverride("fairlead.corp");
    return v1::Admin::NewStub(grpc::CreateCustomChannel(target, with, arguments));
  }
  std::unique_ptr<v1::Admin::Stub> StubByTls(const test::KeyPair& ours,
                                             const test::KeyPair& believes) {
    return Stub(server_->addresses()[0], grpc::SslCredentials({.pem_root_certs = believes.cert,
                                                               .pem_private_key = ours.key,
                                                               .pem_cert_chain = ours.cert}));
  }
  static std::unique_ptr<grpc::ClientContext> Context() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + 20s);
    return context;
  }
  static grpc::Status Ask(v1::Admin::Stub& stub) {
    v1::Status told;
    return stub.GetStatus(Context().get(), {}, &told);
  }

  fs::path root_;
  fs::path socket_;
  FakeControl control_;
  telemetry::Logger log_{{}, [](telemetry::Level, std::string_view) {}, [] { return TimePoint(); }};
  const test::KeyPair authority_ = test::MakeAuthority("ops root");
  const test::KeyPair console_ = test::Issue(authority_, {.alternative = "DNS:console.corp"});
  std::promise<std::string> refused_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminByTls, TheActorIsWhoTheCertificateNames) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + socket_.string()}));
  v1::RestartRequest request;
  request.set_name("user-service.shop/2");
  ActResult result;
  const grpc::Status status =
      StubByTls(console_, authority_)->Restart(Context().get(), request, &result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const std::string actor = control_.commands()[0].actor;
  EXPECT_TRUE(actor.starts_with("admin from 127.0.0.1:")) << actor;
  EXPECT_TRUE(actor.ends_with(" as DNS:console.corp")) << actor;
  // The unix socket is as it was.
  EXPECT_TRUE(Ask(*Stub("unix:" + socket_.string(), grpc::InsecureChannelCredentials())).ok());
}

TEST_F(AdminByTls, NobodyComesInWithoutACertificateThatIsBelieved) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  EXPECT_EQ(Ask(*StubByTls({}, authority_)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(refused_.get_future().get().find("it shows no certificate"), std::string::npos);
}

TEST_F(AdminByTls, NewFilesAreForNewConnectionsAndDropNoCall) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  const auto standing = StubByTls(console_, authority_);
  ASSERT_TRUE(Ask(*standing).ok()) << "it has to stand first";
  for (int i = 0; i < 20; ++i) {
    const test::KeyPair next = test::MakeAuthority("next");
    WritePair(next);
    ASSERT_TRUE(Ask(*standing).ok()) << i;
    ASSERT_TRUE(Ask(*StubByTls(console_, next)).ok()) << i;
  }
}

TEST_F(AdminByTls, StoppingEndsAStreamWithAStatus) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  const auto stub = StubByTls(console_, authority_);
  v1::WatchEventsRequest request;
  request.set_follow(true);
  const auto context = Context();
  const auto stream = stub->WatchEvents(context.get(), request);
  control_.Record("one");
  v1::WatchEventsResponse response;
  ASSERT_TRUE(stream->Read(&response));
  server_->Stop(5s);
  while (stream->Read(&response)) {
  }
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AdminByTls, AnAddressInUseIsSaid) {
  ASSERT_TRUE(Start({"127.0.0.1:0"}));
  AdminServer second({.listen = {server_->addresses()[0]},
                      .tls = AdminServer::Tls{.profile = {.name = "ops",
                                                          .cert = root_ / "cert",
                                                          .key = root_ / "key"}}},
                     control_, log_);
  const Result<> started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace fairlead::admin
