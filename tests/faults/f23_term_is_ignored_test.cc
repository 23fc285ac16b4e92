// F23: the process ignores TERM, so that a stop or restart of ours takes its whole stop timeout.
//
// Must hold: nothing is asked a second time meanwhile, and nobody is killed twice; our call waits
// longer than the timeout + 14 s that the engine may need; the KILL at its end is ours, no crash.
#include <gtest/gtest.h>

#include <chrono>

#include "faults/fault_world.h"
#include "fleet/limits.h"

namespace fairlead::test::f23 {
namespace {

using namespace std::chrono_literals;

constexpr auto kEngineNeeds = 14s;  // after the timeout: its own KILL and reaping
constexpr int kStopSeconds = 30;
constexpr auto kSecond = 25ms;  // so that several lists and pings come during the stop

void ServeWithDeafReplica(FaultWorld& world, std::uint64_t seed) {
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    FakeContainer& deaf = engine.host().At(world.IdOf(2));
    deaf.ignores_term = true;
    // Its own timeout, or the engine's.
    if (seed % 2 == 0) deaf.stop_timeout_s = kStopSeconds;
    engine.host().set_second(seed % 2 == 0 ? kSecond : 3 * kSecond);
  });
  world.Serve("1 2 3");
}

void ExpectPatience(FaultWorld& world, std::uint64_t seed, const std::string& verb) {
  const Witness seen = world.Seen();
  ASSERT_EQ(seen.orders.size(), 1U);
  EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{verb});
  EXPECT_EQ(seen.foreign_acts, std::vector<std::string>{});
  const Duration timeout =
      seed % 2 == 0 ? Duration(std::chrono::seconds(kStopSeconds)) : fleet::kEngineStopTimeout;
  EXPECT_GT(seen.orders[0].call_deadline, timeout + kEngineNeeds);
  for (const std::string& note : seen.notes) {
    EXPECT_EQ(note.find("crash"), std::string::npos) << note;
  }
}

TEST(F23TermIsIgnored, AStopIsAskedOnceAndWaitedFor) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeWithDeafReplica(world, seed);
    const Result<> answer = world.Command(fleet::OperatorVerb::kEvict, 2);
    EXPECT_TRUE(answer) << answer.error().Text();
    ASSERT_TRUE(world.Until("its end is known to be ours",
                            [&] { return world.Report(2).departure == "ours"; }));
    ASSERT_TRUE(world.UntilListedAgain());
    EXPECT_EQ(world.Rotation(), "1 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{"stop 2"});
    ExpectPatience(world, seed, "stop");
  });
}

TEST(F23TermIsIgnored, ARestartIsAskedOnceAndWaitedFor) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ServeWithDeafReplica(world, seed);
    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    ASSERT_TRUE(world.UntilRotation("1 3"));
    ASSERT_TRUE(world.UntilTold("repair-changed 2 acting(restart)"));
    // The old life goes on failing, and the engine is looked at, while the stop lasts.
    for (int i = 0; i < 5; ++i) world.Say(2, spec::CheckClass::kTimeout);
    world.Say(2, spec::CheckClass::kServing);
    ASSERT_TRUE(world.UntilTold("act-finished 2 verified"));
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{"restart 2"});
    ExpectPatience(world, seed, "restart");
  });
}

}  // namespace
}  // namespace fairlead::test::f23
