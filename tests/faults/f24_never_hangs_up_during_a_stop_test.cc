// F24: engines 23.0.0 to 23.0.6 and 24.0.0 to 24.0.2 turn a hang-up during a stop into a KILL.
//
// Must hold: whatever else goes wrong with the engine meanwhile (its stream ends, its pings and
// lists get no answer), we do not hang up on a stop or restart before it has answered.
#include <gtest/gtest.h>

#include <chrono>

#include "faults/fault_world.h"

namespace fairlead::test::f24 {
namespace {

using namespace std::chrono_literals;

constexpr int kStopSeconds = 40;
constexpr auto kSecond = 25ms;  // the stop takes 1 s: twice as long as a ping may
constexpr auto kStopTakes = kStopSeconds * kSecond;

void StopWhileTheEngineIsInTrouble(std::uint64_t seed, fleet::OperatorVerb verb) {
  FaultWorld world({.seed = seed, .shape = "docker-23.0.0"});
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    if (seed % 2 == 0) {
      engine.shape() = ShapeOf("docker-24");
      engine.shape().kills_on_hang_up = true;
    }
    engine.host().At(world.IdOf(2)).ignores_term = true;
    engine.host().At(world.IdOf(2)).stop_timeout_s = kStopSeconds;
    engine.host().set_second(kSecond);
  });
  world.Serve("1 2 3");

  const auto ordered = std::chrono::steady_clock::now();
  world.Submit({.verb = verb, .replica = "user-service.shop/2", .actor = "uid 0"},
               [](const Result<>&) {});
  ASSERT_TRUE(world.Until("the engine is asked", [&] { return world.PostsAbout(2).size() == 1; }));
  world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
    engine.Misbehave("/_ping", {.holds_open = true});
    engine.Misbehave("/containers/json", {.holds_open = true});
    proxy.Inflict("/events", {.kind = FaultKind::kEnd});
  });
  ASSERT_TRUE(world.UntilPhase("stale"));
  ASSERT_TRUE(world.UntilTold("act-finished 2 done"));
  EXPECT_GE(std::chrono::steady_clock::now() - ordered, kStopTakes) << "killed too early";

  world.Do([](FakeEngine& engine, FaultProxy&) { engine.Behave(); });
  ASSERT_TRUE(world.UntilPhase("serving"));
  ASSERT_TRUE(world.UntilRotation(verb == fleet::OperatorVerb::kEvict ? "1 3" : "1 2 3"));
  EXPECT_EQ(world.PostsAbout(2).size(), 1U);
  const auto hung_up_on = world.Ask<std::vector<std::string>>(
      [](FakeEngine& engine, FaultProxy&) { return engine.hung_up_on(); });
  EXPECT_EQ(hung_up_on, std::vector<std::string>{});
}

TEST(F24NeverHangsUpDuringAStop, WhileTheEngineIsInTroubleAtAStop) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    StopWhileTheEngineIsInTrouble(seed, fleet::OperatorVerb::kEvict);
  });
}

TEST(F24NeverHangsUpDuringAStop, WhileTheEngineIsInTroubleAtARestart) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    StopWhileTheEngineIsInTrouble(seed, fleet::OperatorVerb::kRestart);
  });
}

}  // namespace
}  // namespace fairlead::test::f24
