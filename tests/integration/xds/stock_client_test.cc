// A stock gRPC C++ client against our server: what it gets is what its calls do.
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "integration/xds/discovery_fixture.h"
#include "integration/xds/xds_caller.h"
#include "runtime/clock.h"

namespace fairlead::xds::testing {
namespace {

using namespace std::chrono_literals;
using Counts = std::map<std::string, int>;

class StockClient : public DiscoveryFixture {
 protected:
  Greeter a_{"a"};
  Greeter b_{"b"};
  Greeter c_{"c"};
};

// Both transports, and every name that a service has.
class StockClientDials : public StockClient, public ::testing::WithParamInterface<const char*> {};

TEST_P(StockClientDials, AndItsCallsSpreadEvenly) {
  Start();
  Publish({&a_, &b_, &c_});
  for (const std::string& bootstrap : {UnixBootstrap(), TcpBootstrap()}) {
    XdsCaller caller(GetParam(), bootstrap);
    // Round robin begins with whoever is connected first.
    ASSERT_TRUE(caller.CallUntil("a") && caller.CallUntil("b") && caller.CallUntil("c"));
    EXPECT_EQ(caller.Calls(30), (Counts{{"a", 10}, {"b", 10}, {"c", 10}}));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryName, StockClientDials,
                         ::testing::Values("xds:///user", "xds:///user.shop", "xds:///user:50051",
                                           "xds:///user.shop:50051"));

TEST_F(StockClient, FollowsScalingUpDownToZeroAndBack) {
  Start();
  Publish({&a_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  EXPECT_EQ(caller.Call(), "a");
  for (int round = 0; round < 3; ++round) {
    Publish({&a_, &b_, &c_});
    ASSERT_TRUE(caller.CallUntil("c"));
    ASSERT_TRUE(WaitAdopted(Publish({&b_})));
    EXPECT_EQ(caller.Calls(6), (Counts{{"b", 6}}));
    ASSERT_TRUE(WaitAdopted(Publish({})));
    EXPECT_TRUE(caller.Call(false).starts_with("code 14")) << "no endpoints is UNAVAILABLE";
    Publish({&a_});
    EXPECT_EQ(caller.Call(), "a");
  }
}

TEST_F(StockClient, MovesToAStandbyAndBackWithoutAFailedCall) {
  Start();
  Publish({&a_}, {}, {&b_, &c_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  EXPECT_EQ(caller.Calls(20), (Counts{{"a", 20}}));
  std::atomic<bool> stops = false;
  Counts answers;
  std::thread load([&] {
    while (!stops) {
      ++answers[caller.Call(false)];
    }
  });
  std::uint64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    Publish({}, {}, {&b_, &c_});
    EXPECT_TRUE(caller.CallUntil("b") && caller.CallUntil("c"));
    last = Publish({&a_}, {}, {&b_, &c_});
    EXPECT_TRUE(caller.CallUntil("a"));
  }
  stops = true;
  load.join();
  for (const auto& [answer, count] : answers) {
    EXPECT_EQ(answer.size(), 1u) << answer << " x " << count;
  }
  EXPECT_TRUE(WaitAdopted(last));
  EXPECT_EQ(caller.Calls(20), (Counts{{"a", 20}}));
}

TEST_F(StockClient, RetriesAsTheLabelsSay) {
  const Greeter refuser("never", grpc::Status(grpc::StatusCode::UNAVAILABLE, "not today"));
  Start();
  spec::TrafficSpec traffic;
  traffic.retry.attempts = 3;
  traffic.retry.backoff_base = 1ms;
  traffic.retry.backoff_max = 2ms;
  Publish({&refuser, &a_}, traffic);
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a"));
  EXPECT_EQ(caller.Calls(20), (Counts{{"a", 20}}));
  EXPECT_GT(refuser.calls(), 0);
}

TEST_F(StockClient, OfTheVersionThatDiesOfRingHashLives) {
  Start();
  spec::TrafficSpec traffic;
  traffic.policy = spec::LbPolicy::kRingHash;
  traffic.hash_header = "x-user";
  traffic.timeout = 5s;
  Publish({&a_, &b_}, traffic);
  XdsCaller caller("xds:///user", UnixBootstrap());
  // Without the exception for its version this process ends with SIGSEGV at the first call.
  ASSERT_TRUE(caller.CallUntil("a") && caller.CallUntil("b"));
}

TEST_F(StockClient, GoesOnWhileTheServerRestarts) {
  Start();
  Publish({&a_, &b_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a"));
  std::atomic<bool> stops = false;
  Counts answers;
  std::thread load([&] {
    while (!stops) {
      ++answers[caller.Call(false)];
    }
  });
  for (int round = 0; round < 2; ++round) {
    Stop();
    Start({}, /*opens_gate=*/false);
    Publish({&a_, &b_});
    OpenGate();
    EXPECT_TRUE(WaitClients(1));
  }
  const std::uint64_t last = Publish({&c_});
  EXPECT_TRUE(WaitAdopted(last));
  EXPECT_TRUE(caller.CallUntil("c"));
  stops = true;
  load.join();
  for (const auto& [answer, count] : answers) {
    EXPECT_TRUE(answer.size() == 1) << answer << " x " << count;
  }
}

TEST_F(StockClient, ComesBackWhenItsConnectionIsOldAndLosesNoCall) {
  DiscoveryOptions options;
  options.http.connection_age_max = 1s;
  Start(options);
  Publish({&a_, &b_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a"));
  Counts answers;
  std::uint64_t streams = 0;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (streams < 4 && std::chrono::steady_clock::now() < deadline) {
    ++answers[caller.Call(false)];
    for (const ClientReport& client : Clients()) streams = client.number;
  }
  EXPECT_GE(streams, 4u) << "the connection was ended three times";
  for (const auto& [answer, count] : answers) {
    EXPECT_EQ(answer.size(), 1u) << answer << " x " << count;
  }
  EXPECT_TRUE(WaitAdopted(Publish({&c_})));
  EXPECT_TRUE(caller.CallUntil("c"));
}

TEST_F(StockClient, IsNotAnsweredBeforeTheGateOpens) {
  DiscoveryOptions options;
  options.gate_patience = 100ms;
  options.housekeeping_interval = 20ms;
  Start(options, /*opens_gate=*/false);
  Publish({&a_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  // The held stream is ended with UNAVAILABLE, which fails calls that do not wait.
  const std::string early = caller.Call(false);
  EXPECT_TRUE(early.starts_with("code 14")) << early;
  EXPECT_NE(early.find("fairlead is starting"), std::string::npos) << early;
  OpenGate();
  EXPECT_EQ(caller.Call(), "a");
}

TEST_F(StockClient, OfADroppedServiceFailsAtOnceAndRecoversWhenItComesBack) {
  DiscoveryOptions options;
  options.purge_delay = 50ms;
  options.housekeeping_interval = 20ms;
  Start(options);
  Publish({&a_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  EXPECT_EQ(caller.Call(), "a");
  Drop();
  EXPECT_TRUE(caller.CallUntil("code 14"));
  Publish({&b_});
  EXPECT_TRUE(caller.CallUntil("b"));
}

TEST_F(StockClient, HoldsAdoptionBackAfterItsStreamBrokeUntilItIsForgotten) {
  DiscoveryOptions options;
  options.remember_clients = 300ms;
  options.housekeeping_interval = 20ms;
  Start(options);
  Publish({&a_});
  {
    XdsCaller caller("xds:///user", UnixBootstrap());
    EXPECT_EQ(caller.Call(), "a");
    ASSERT_TRUE(WaitAdopted(1));
    const std::vector<ClientReport> clients = Clients();
    ASSERT_EQ(clients.size(), 1u);
    EXPECT_EQ(clients[0].pid, getpid());
    EXPECT_EQ(clients[0].node.user_agent.substr(0, 11), "gRPC C-core");
    ASSERT_EQ(clients[0].types.size(), 3u) << "clusters, endpoints, listeners";
    for (const ClientReport::Type& type : clients[0].types) {
      EXPECT_EQ(type.names.size(), 1u) << type.resource_type;
      EXPECT_NE(type.sent.nonce, 0u) << type.resource_type;
      EXPECT_EQ(type.acknowledged.nonce, type.sent.nonce) << type.resource_type;
      EXPECT_EQ(type.acknowledged.version, type.sent.version) << type.resource_type;
      EXPECT_EQ(type.unanswered_count, 0u) << type.resource_type;
      EXPECT_TRUE(type.missing.empty()) << type.resource_type;
    }
  }
  ASSERT_TRUE(WaitClients(0));
  // This very process is the client, and it still runs.
  const std::uint64_t next = Publish({&b_});
  EXPECT_TRUE(WaitAdopted(next));
}

TEST_F(StockClient, ReportsItsCallsAndThoseToAReplicaThatLeftTheListUntilTheyEnd) {
  DiscoveryOptions options;
  options.load.interval = 1s;  // C-core takes no less
  Start(options);
  Publish({&a_, &b_});
  XdsCaller caller("xds:///user", UnixBootstrap());
  ASSERT_TRUE(caller.CallUntil("a") && caller.CallUntil("b"));
  const auto before = Load("user.shop").value_or(ServiceLoadTotal{}).succeeded;
  EXPECT_EQ(caller.Calls(10), (Counts{{"a", 5}, {"b", 5}}));
  EXPECT_TRUE(WaitLoad("user.shop", [&](const ServiceLoadTotal& load) {
    return load.succeeded >= before + 10 && load.failed == 0 && load.in_progress == 0 &&
           load.clients == 1;
  }));

  a_.Hold();
  b_.Hold();
  std::thread first([&] { EXPECT_EQ(caller.Call().size(), 1u); });
  std::thread second([&] { EXPECT_EQ(caller.Call().size(), 1u); });
  const auto open = [](std::uint64_t count) {
    return [count](const ServiceLoadTotal& load) { return load.in_progress == count; };
  };
  EXPECT_TRUE(WaitLoad("user.shop", open(2)));
  ASSERT_TRUE(WaitAdopted(Publish({&b_})));
  const TimePoint adopted_at = runtime::Now();
  b_.Release();
  EXPECT_TRUE(WaitLoad("user.shop", open(1))) << "the call to the one that left is still open";
  EXPECT_FALSE(AreCallsOver(adopted_at));
  a_.Release();
  EXPECT_TRUE(WaitLoad("user.shop", open(0)));
  const auto deadline = runtime::Now() + 10s;
  while (!AreCallsOver(adopted_at)) ASSERT_LT(runtime::Now(), deadline);
  first.join();
  second.join();
  const std::vector<ClientReport> clients = Clients();
  ASSERT_EQ(clients.size(), 1u);
  EXPECT_TRUE(clients[0].tells_calls);
  ASSERT_EQ(clients[0].calls.size(), 1u);
  EXPECT_EQ(clients[0].calls[0].service, "user.shop");
}

TEST_F(StockClient, FindsASocketThatEverybodyMayOpenInADirectoryThatEverybodyMayRead) {
  Start();
  struct stat about{};
  ASSERT_EQ(stat(socket_path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0666U);
  ASSERT_EQ(stat(std::filesystem::path(socket_path()).parent_path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0755U);
}

}  // namespace
}  // namespace fairlead::xds::testing
