#include <gtest/gtest.h>
#include <unistd.h>

#include "integration/admin/admin_on_socket.h"

namespace fairlead::admin {
namespace {

using namespace std::chrono_literals;
using v1::ActResult;

TEST_F(AdminServerTest, ACommandIsAnsweredWithItsOutcomeAndCarriesWhoAskedAndWhy) {
  const auto stub = StartOnSocket();
  v1::EvictRequest request;
  request.set_name("services/user-service.shop/replicas/2");
  request.set_reason("disk swap");
  request.set_force(true);
  ActResult result;
  ASSERT_TRUE(stub->Evict(Context().get(), request, &result).ok());
  EXPECT_EQ(result.replica(), "user-service.shop/2");
  EXPECT_FALSE(result.outcome().empty());
  const auto commands = control_.commands();
  ASSERT_EQ(commands.size(), 1U);
  EXPECT_EQ(commands[0].verb, fleet::OperatorVerb::kEvict);
  EXPECT_EQ(commands[0].actor, "uid " + std::to_string(getuid()));
  EXPECT_EQ(commands[0].reason, "disk swap");
  EXPECT_TRUE(commands[0].force);
}

TEST_F(AdminServerTest, ADryRunIsAQuestionAndNeverACommand) {
  control_.trials["user-service.shop/2"] = {.replica = "user-service.shop/2",
                                            .text = "user-service.shop/2 would be restarted"};
  const auto stub = StartOnSocket();
  v1::DryRunRequest request;
  request.set_name("services/user-service.shop/replicas/2");
  v1::DryRunResult result;
  EXPECT_EQ(stub->DryRun(Context().get(), request, &result).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT)
      << "of which act?";
  request.set_act(v1::TRIED_ACT_RESTART);
  ASSERT_TRUE(stub->DryRun(Context().get(), request, &result).ok());
  EXPECT_EQ(result.replica(), "user-service.shop/2");
  EXPECT_EQ(result.outcome(), "user-service.shop/2 would be restarted");
  request.set_name("user-service.shop/3");
  const grpc::Status refused = stub->DryRun(Context().get(), request, &result);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.error_message(), "try user-service.shop/3: min-available");
  request.set_force(true);
  EXPECT_EQ(stub->DryRun(Context().get(), request, &result).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT)
      << "force needs a reason";
  EXPECT_TRUE(control_.commands().empty());
}

TEST_F(AdminServerTest, ARefusalKeepsItsCodeAndMessage) {
  const auto stub = StartOnSocket();
  ActResult result;
  const grpc::Status refused = RestartOf(*stub, "user-service.shop/3", result);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(refused.error_message(), "restart user-service.shop/3: min-available");
  EXPECT_EQ(RestartOf(*stub, "", result).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  v1::DrainRequest forced;
  forced.set_name("user-service.shop/2");
  forced.set_force(true);
  EXPECT_EQ(stub->Drain(Context().get(), forced, &result).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT)
      << "force needs a reason";
  EXPECT_EQ(control_.commands().size(), 1U) << "bad requests never reach the daemon";
}

TEST_F(AdminServerTest, ACallerWhoStopsWaitingDoesNotStopTheActNorHurtItsAnswer) {
  const auto stub = StartOnSocket();
  v1::RestartRequest request;
  request.set_name("user-service.shop/1");  // the fake holds it
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 100ms);
  ActResult result;
  EXPECT_EQ(stub->Restart(&context, request, &result).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  ASSERT_EQ(control_.held(), 1U);
  control_.Release({});
  EXPECT_TRUE(RestartOf(*stub, "user-service.shop/2", result).ok()) << "the server still works";
}

TEST_F(AdminServerTest, AnAnswerAfterTheServerIsGoneIsHarmless) {
  const auto stub = StartOnSocket();
  ActResult result;
  std::thread caller(
      [&] { EXPECT_EQ(RestartOf(*stub, "user-service.shop/1", result).ok(), false); });
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (control_.held() == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  server_->Stop(0s);
  caller.join();
  server_.reset();
  control_.Release({});
}

}  // namespace
}  // namespace fairlead::admin
