// The admin API by TLS, as the stock gRPC client sees it.
#include "integration/admin/admin_by_tls.h"

#include <gtest/gtest.h>

namespace fairlead::admin {
namespace {

using namespace std::chrono_literals;
using testing::AdminByTls;
using v1::ActResult;

TEST_F(AdminByTls, TheActorIsWhoTheCertificateNames) {
  ASSERT_TRUE(Start({"127.0.0.1:0", "unix:" + socket_.string()}));
  v1::RestartRequest request;
  request.set_name("user-service.shop/2");
  ActResult result;
  const grpc::Status status =
      StubByTls(console_, authority_)->Restart(Context().get(), request, &result);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(control_.commands()[0].actor, "DNS:console.corp");
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
