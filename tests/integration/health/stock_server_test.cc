// The prober against the stock gRPC C++ server and its own health service.
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>

#include "integration/health/recording_sink.h"

namespace fairlead::health::testing {
namespace {

using spec::CheckClass;

class StockServer {
 public:
  explicit StockServer(bool has_health = true) {
    grpc::EnableDefaultHealthCheckService(has_health);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    // A server needs a service of the user's beside its own; this one answers UNIMPLEMENTED.
    builder.RegisterCallbackGenericService(&others_);
    server_ = builder.BuildAndStart();
  }
  ~StockServer() { Stop(); }
  void Stop() { server_->Shutdown(std::chrono::system_clock::now()); }
  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  void Set(const std::string& service, bool serving) {
    server_->GetHealthCheckService()->SetServingStatus(service, serving);
  }

 private:
  int port_ = 0;
  grpc::CallbackGenericService others_;
  std::unique_ptr<grpc::Server> server_;
};

spec::CheckTarget Asking(const StockServer& server, const std::string& service) {
  spec::CheckTarget target = TargetOn(server.port(), "of " + service);
  target.health.timeout = 5s;
  target.health.service = service;
  return target;
}

TEST(StockServer, ServingAndNotServingAndUnknownAreTold) {
  StockServer server;
  server.Set("up", true);
  server.Set("down", false);
  ProberUnderTest under_test;
  const std::pair<std::string, CheckClass> rows[] = {{"", CheckClass::kServing},
                                                     {"up", CheckClass::kServing},
                                                     {"down", CheckClass::kNotServing},
                                                     {"none", CheckClass::kServiceUnknown}};
  for (const auto& [service, expected] : rows) {
    under_test.prober().Begin(Asking(server, service));
    EXPECT_EQ(under_test.sink().Outcome("of " + service, 0).check_class, expected) << service;
  }
}

TEST(StockServer, WithoutAHealthServiceIsUnimplemented) {
  StockServer server(false);
  ProberUnderTest under_test;
  under_test.prober().Begin(Asking(server, ""));
  EXPECT_EQ(under_test.sink().Outcome("of ", 0).check_class, CheckClass::kUnimplemented);
}

TEST(StockServer, IsAskedAThousandTimesInARow) {
  StockServer server;
  ProberLimits limits;
  limits.client.frames_per_second_max =
      100'000;  // a hundred times the rate of the shortest interval
  ProberUnderTest under_test(limits);
  spec::CheckTarget target = Asking(server, "");
  target.health.interval = 1ms;
  under_test.prober().Begin(target);
  for (std::size_t i = 0; i < 1'000; ++i) {
    ASSERT_EQ(under_test.sink().Outcome("of ", i).check_class, CheckClass::kServing) << i;
  }
}

TEST(StockServer, ItsGracefulEndIsNoticedAtOnce) {
  StockServer server;
  ProberUnderTest under_test;
  under_test.prober().Begin(Asking(server, ""));
  ASSERT_EQ(under_test.sink().Outcome("of ", 0).check_class, CheckClass::kServing);
  server.Stop();
  EXPECT_TRUE(under_test.sink().WaitForClosed("of "));
  EXPECT_EQ(under_test.sink().Outcome("of ", 1).check_class, CheckClass::kRefused);
}

}  // namespace
}  // namespace fairlead::health::testing
