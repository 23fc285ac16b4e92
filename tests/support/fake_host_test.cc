// The order of a fake host's events is the one that was measured on Engine 20.10.
#include "support/fake/fake_host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// A host whose seconds last a millisecond, and what it tells: "kill(15) die(143) stop".
class FakeHostTest : public ::testing::Test {
 protected:
  FakeHostTest() { host_.set_second(1ms); }

  static std::string Text(const FakeEvent& event) {
    std::string text = event.action;
    for (const char* key : {"signal", "exitCode"}) {
      const auto found = event.attributes.find(key);
      if (found != event.attributes.end()) text += "(" + found->second + ")";
    }
    return text;
  }

  std::string Told() {
    const std::string told = fmt::format("{}", fmt::join(told_, " "));
    told_.clear();
    return told;
  }

  // Carries the call of the API out; its status.
  int Call(const std::string& verb, const std::string& signal = "") {
    int status = 0;
    auto call = [](FakeHost& host, std::string id, std::string what, std::string how,
                   int& answer) -> asio::awaitable<void> {
      const FakeHost::Outcome outcome =
          co_await host.Act(std::move(id), std::move(what), /*timeout_s=*/2, std::move(how));
      answer = outcome.status;
    };
    asio::co_spawn(context_, call(host_, id_, verb, signal, status), asio::detached);
    RunUntil([&] { return status != 0; });
    return status;
  }

  void RunUntil(const std::function<bool()>& holds) {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    while (!holds() && std::chrono::steady_clock::now() < limit) {
      context_.restart();
      context_.run_one_for(10ms);
    }
    ASSERT_TRUE(holds()) << "told so far: " << fmt::format("{}", fmt::join(told_, " "));
  }

  asio::io_context context_{1};
  std::vector<std::string> told_;
  FakeHost host_{context_, [this](const FakeEvent& event) {
                   if (event.type == "container") told_.push_back(Text(event));
                 }};
  const std::string id_ = host_.Add("aa", {});
};

TEST_F(FakeHostTest, StartStopKillAndRestartTellWhatDockerTells) {
  EXPECT_EQ(Call("start"), 204);
  EXPECT_EQ(Call("start"), 304);
  EXPECT_EQ(Told(), "start");
  EXPECT_EQ(Call("stop"), 204);
  EXPECT_EQ(Call("stop"), 304);
  EXPECT_EQ(Told(), "kill(15) die(143) stop");
  EXPECT_EQ(Call("kill"), 409);
  EXPECT_EQ(Call("restart"), 204);
  EXPECT_EQ(Told(), "start restart");
  EXPECT_EQ(Call("restart"), 204);
  EXPECT_EQ(Told(), "kill(15) die(143) stop start restart");
  EXPECT_EQ(Call("kill", "SIGHUP"), 204);
  EXPECT_EQ(Call("kill"), 204);
  EXPECT_EQ(Told(), "kill(HUP) kill(9) die(137)");
}

TEST_F(FakeHostTest, AStopThatIsIgnoredTakesItsTimeAndEndsByKill) {
  host_.Start(id_);
  host_.At(id_).ignores_term = true;
  EXPECT_EQ(Call("stop"), 204);
  EXPECT_EQ(Told(), "start kill(15) kill(9) die(137) stop");
}

TEST_F(FakeHostTest, AStopThawsWhatIsPaused) {
  host_.Start(id_);
  EXPECT_EQ(Call("pause"), 204);
  EXPECT_EQ(Call("stop"), 204);
  EXPECT_EQ(Told(), "start pause kill(15) unpause die(143) stop");
}

TEST_F(FakeHostTest, APolicyRestartsWithABackOffThatAStopEnds) {
  host_.At(id_).restart_policy = "always";
  host_.Start(id_);
  host_.Exit(id_, 7);
  EXPECT_EQ(host_.At(id_).status, "restarting");
  RunUntil([&] { return host_.At(id_).status == "running"; });
  EXPECT_EQ(host_.At(id_).restart_count, 1);
  EXPECT_EQ(Told(), "start die(7) start");
  host_.set_second(1h);
  host_.Exit(id_, 7);
  EXPECT_EQ(Call("stop"), 204);
  EXPECT_EQ(Told(), "die(7) stop");
  EXPECT_EQ(host_.At(id_).status, "exited");
}

TEST_F(FakeHostTest, OnFailureCountsAndSparesACleanExit) {
  host_.At(id_).restart_policy = "on-failure";
  host_.At(id_).restart_maximum = 1;
  host_.Start(id_);
  host_.Exit(id_, 7);
  RunUntil([&] { return host_.At(id_).status == "running"; });
  host_.Exit(id_, 7);
  EXPECT_EQ(host_.At(id_).status, "exited");
  host_.Start(id_);
  host_.Exit(id_, 0);
  EXPECT_EQ(host_.At(id_).status, "exited");
}

TEST_F(FakeHostTest, RemovalOomAndForgedLabelsReadAsOnDocker) {
  host_.At(id_).labels = {{"exitCode", "LABEL"}, {"name", "forged"}};
  host_.Start(id_);
  host_.Oom(id_);
  EXPECT_TRUE(host_.At(id_).oom_killed);
  host_.Start(id_);
  EXPECT_FALSE(host_.At(id_).oom_killed);
  host_.Remove(id_);
  EXPECT_EQ(Told(),
            "start(LABEL) oom(LABEL) die(LABEL) start(LABEL) kill(9)(LABEL) die(LABEL) "
            "destroy(LABEL)");
}

TEST_F(FakeHostTest, WhatHappensWhileTheEngineIsDownIsToldByNobodyAndPoliciesWait) {
  host_.At(id_).restart_policy = "unless-stopped";
  host_.Start(id_);
  host_.set_is_silent(true);
  host_.Exit(id_, 1);
  EXPECT_EQ(Told(), "start");
  host_.set_is_silent(false);
  host_.StartPolicies();
  EXPECT_EQ(Told(), "start");
  EXPECT_EQ(Call("stop"), 204);
  host_.StartPolicies();
  EXPECT_EQ(Told(), "kill(15) die(143) stop");
}

TEST(EventRingTest, KeepsTheNewest256AndReplaysBackToTheFirstOlderStamp) {
  EventRing ring;
  for (int i = 1; i <= 300; ++i) ring.Keep({.time_ns = i});
  EXPECT_EQ(ring.Since(0).size(), 256u);
  EXPECT_EQ(ring.Since(0).front().time_ns, 45);
  EXPECT_EQ(ring.Since(299).size(), 2u);
  ring.Keep({.time_ns = 10});  // the clock was set back
  ring.Keep({.time_ns = 301});
  EXPECT_EQ(ring.Since(100).size(), 1u);
}

}  // namespace
}  // namespace fairlead::test
