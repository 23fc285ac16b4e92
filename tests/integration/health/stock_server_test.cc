// The prober against the stock gRPC C++ server and its own health service.
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
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

// Serves Check, and ends each Watch at once.
enum class OnWatch { kUnimplemented, kToldAndEnded };

class CheckOnlyServer final : public grpc::CallbackGenericService {
 public:
  explicit CheckOnlyServer(OnWatch on_watch = OnWatch::kUnimplemented) : on_watch_(on_watch) {
    grpc::EnableDefaultHealthCheckService(false);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }
  ~CheckOnlyServer() override { server_->Shutdown(std::chrono::system_clock::now()); }
  std::uint16_t port() const { return static_cast<std::uint16_t>(port_); }
  int watches() const { return watches_; }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(bool is_told) {
      if (is_told)
        StartWriteAndFinish(&serving_, {}, grpc::Status::OK);
      else
        Finish({grpc::StatusCode::UNIMPLEMENTED, ""});
    }
    void OnDone() override { delete this; }

   private:
    grpc::Slice bytes_{std::string("\x08\x01", 2)};
    grpc::ByteBuffer serving_{&bytes_, 1};
  };

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const bool is_check = context->method().ends_with("/Check");
    watches_ += is_check ? 0 : 1;
    return new Reactor(is_check || on_watch_ == OnWatch::kToldAndEnded);
  }

  const OnWatch on_watch_;
  std::atomic<int> watches_ = 0;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// For checks a hundred times as often as the shortest interval has them.
ProberLimits LimitsOfHaste() {
  ProberLimits limits;
  limits.client.frames_per_second_max = limits.client.reads_per_second_max = 100'000;
  limits.client.bytes_per_second_max = 10 * 1024 * 1024;
  return limits;
}

spec::CheckTarget HastilyOn(std::uint16_t port) {
  spec::CheckTarget target = TargetOn(port, "of ");
  target.health.timeout = 5s;
  target.health.interval = 1ms;
  return target;
}

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
  ProberUnderTest under_test(LimitsOfHaste());
  spec::CheckTarget target = Asking(server, "");
  target.health.interval = 1ms;
  under_test.prober().Begin(target);
  for (std::size_t i = 0; i < 1'000; ++i) {
    ASSERT_EQ(under_test.sink().Outcome("of ", i).check_class, CheckClass::kServing) << i;
  }
}

// The target is asked once an hour: whatever else is told, its Watch told.
TEST(StockServer, ItsChangesAreToldByWatchAndNotOnlyWhenItIsAsked) {
  StockServer server;
  server.Set("up", true);
  ProberUnderTest under_test;
  under_test.prober().Begin(Asking(server, "up"));
  ASSERT_EQ(under_test.sink().Outcome("of up", 0).check_class, CheckClass::kServing);
  const std::pair<bool, CheckClass> rows[] = {{false, CheckClass::kNotServing},
                                              {true, CheckClass::kServing},
                                              {false, CheckClass::kNotServing}};
  std::size_t index = 0;
  for (const auto& [serves, expected] : rows) {
    server.Set("up", serves);
    const spec::CheckOutcome told = under_test.sink().Outcome("of up", ++index);
    EXPECT_EQ(told.check_class, expected);
    EXPECT_TRUE(told.detail.ends_with("told by Watch")) << told.detail;
  }
}

TEST(StockServer, WithoutWatchItIsCheckedAndNotAskedForOneAgain) {
  CheckOnlyServer server;
  ProberUnderTest under_test(LimitsOfHaste());
  under_test.prober().Begin(HastilyOn(server.port()));
  for (std::size_t i = 0; i < 200; ++i)
    ASSERT_EQ(under_test.sink().Outcome("of ", i).check_class, CheckClass::kServing) << i;
  EXPECT_EQ(server.watches(), 1);
}

TEST(StockServer, AWatchThatDoesNotLastIsTriedEverLessOften) {
  CheckOnlyServer server(OnWatch::kToldAndEnded);
  ProberUnderTest under_test(LimitsOfHaste());
  under_test.prober().Begin(HastilyOn(server.port()));
  for (std::size_t i = 0; i < 300; ++i)
    ASSERT_EQ(under_test.sink().Outcome("of ", i).check_class, CheckClass::kServing) << i;
  // After 1, 2, 4 ... 64 answers, then every 64.
  EXPECT_GE(server.watches(), 5);
  EXPECT_LE(server.watches(), 15);
}

TEST(StockServer, InModeCheckItIsNeverWatched) {
  CheckOnlyServer server;
  ProberUnderTest under_test(LimitsOfHaste());
  spec::CheckTarget target = HastilyOn(server.port());
  target.health.mode = spec::HealthMode::kCheck;
  under_test.prober().Begin(target);
  ASSERT_EQ(under_test.sink().Outcome("of ", 20).check_class, CheckClass::kServing);
  EXPECT_EQ(server.watches(), 0);
}

TEST(StockServer, QuestionsToItsTransportAnnoyItNotAndAreAnswered) {
  StockServer server;
  ProberUnderTest under_test(LimitsOfHaste());
  spec::CheckTarget target = HastilyOn(server.port());
  target.health.interval = target.health.ping = 100ms;
  under_test.prober().Begin(target);
  for (std::size_t i = 0; i < 60; ++i)
    ASSERT_EQ(under_test.sink().Outcome("of ", i).check_class, CheckClass::kServing) << i;
  EXPECT_FALSE(under_test.sink().HasRefused("of "));
  EXPECT_FALSE(under_test.sink().HasClosed("of "));
  for (const spec::SuspectNews& news : under_test.sink().Suspicions("of "))
    EXPECT_NE(news.stage, spec::Suspect::kSilent) << news.evidence;
}

// Waits until an outcome tells `word`; what it was asked for beside is told with some later check.
bool WaitForLiveness(RecordingSink& sink, spec::LivenessWord word) {
  for (std::size_t i = sink.Outcomes("of up").size(); i < 100'000; ++i) {
    const spec::CheckOutcome outcome = sink.Outcome("of up", i);
    EXPECT_EQ(outcome.check_class, CheckClass::kServing);
    if (outcome.liveness == word) return true;
  }
  return false;
}

TEST(StockServer, ItsLivenessNameIsAskedBesideReadinessOnOneConnection) {
  StockServer server;
  server.Set("up", true);
  server.Set("live", true);
  ProberUnderTest under_test(LimitsOfHaste());
  spec::CheckTarget target = Asking(server, "up");
  target.health.interval = 2ms;
  target.liveness_service = "live";
  under_test.prober().Begin(target);
  EXPECT_TRUE(WaitForLiveness(under_test.sink(), spec::LivenessWord::kServing));
  server.Set("live", false);
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(WaitForLiveness(under_test.sink(), spec::LivenessWord::kNotServing));
  server.Set("live", true);
  EXPECT_TRUE(WaitForLiveness(under_test.sink(), spec::LivenessWord::kServing));
  EXPECT_FALSE(under_test.sink().HasClosed("of up"));

  target.liveness_service = "nobody";
  under_test.prober().Begin(target);
  EXPECT_TRUE(WaitForLiveness(under_test.sink(), spec::LivenessWord::kNameUnknown));
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
