// F20: a person stops, pauses, renames or removes a replica while its checks fail.
//
// Must hold: it is respected and told as that person's doing; nothing is repaired that a person
// ended, not even what was decided before; what the person starts again serves again.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "base/rng.h"
#include "faults/fault_world.h"

namespace fairlead::test::f20 {
namespace {

constexpr int kFailures = 3;  // too few for a repair: liveness.fall is 5

// Replica 2 of three fails some checks before `act` and some after it.
void ActWhileChecksFail(FaultWorld& world, std::uint64_t seed,
                        const std::function<void(FakeHost&, const std::string&)>& act) {
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.Serve("1 2 3");
  const int before = static_cast<int>(Rng(seed).Below(kFailures + 1));
  for (int i = 0; i < before; ++i) world.Say(2, spec::CheckClass::kTimeout);
  world.Do([&](FakeEngine& engine, FaultProxy&) { act(engine.host(), world.IdOf(2)); });
  for (int i = before; i < kFailures; ++i) world.Say(2, spec::CheckClass::kTimeout);
}

void ExpectHandsOff(FaultWorld& world) {
  EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  EXPECT_EQ(world.PostsAbout(2), std::vector<std::string>{});
}

// What a late check says of it, and a while that ends with two more looks at the engine.
void FailOnAndLookAgain(FaultWorld& world) {
  for (int i = 0; i < 2 * kFailures; ++i) world.Say(2, spec::CheckClass::kTimeout);
  ASSERT_TRUE(world.UntilListedAgain());
  ASSERT_TRUE(world.UntilListedAgain());
}

TEST(F20PersonActsMidCheck, WhatTheyStopStaysStoppedUntilTheyStartIt) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ActWhileChecksFail(world, seed, [](FakeHost& host, const std::string& id) {
      host.At(id).restart_policy = "always";
      host.StopByOthers(id, 1);
    });
    ASSERT_TRUE(world.UntilTold("presence-changed 2 operator"));
    FailOnAndLookAgain(world);
    EXPECT_EQ(world.Rotation(), "1 3");
    ExpectHandsOff(world);

    world.Say(2, spec::CheckClass::kServing);
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Start(world.IdOf(2)); });
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    ExpectHandsOff(world);
  });
}

TEST(F20PersonActsMidCheck, WhatTheyPauseStaysPausedUntilTheyUnpauseIt) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ActWhileChecksFail(world, seed, [](FakeHost& host, const std::string& id) { host.Pause(id); });
    ASSERT_TRUE(world.UntilTold("presence-changed 2 paused"));
    FailOnAndLookAgain(world);
    EXPECT_EQ(world.Rotation(), "1 3");
    ExpectHandsOff(world);

    world.Say(2, spec::CheckClass::kServing);
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Unpause(world.IdOf(2)); });
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    ExpectHandsOff(world);
  });
}

TEST(F20PersonActsMidCheck, WhatTheyRenameIsTheSameReplica) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ActWhileChecksFail(world, seed, [](FakeHost& host, const std::string& id) {
      host.Rename(id, "kept-for-a-look");
    });
    ASSERT_TRUE(world.UntilListedAgain());
    world.Say(2, spec::CheckClass::kServing);
    ASSERT_TRUE(world.UntilRotation("1 2 3"));
    EXPECT_EQ(world.TimesTold("replica-seen 2 running"), 1);
    EXPECT_EQ(world.TimesTold("replica-gone 2 gone"), 0);
    ExpectHandsOff(world);
  });
}

TEST(F20PersonActsMidCheck, WhatTheyRemoveIsGone) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    ActWhileChecksFail(world, seed, [](FakeHost& host, const std::string& id) { host.Remove(id); });
    ASSERT_TRUE(world.UntilTold("replica-gone 2 gone"));
    FailOnAndLookAgain(world);
    EXPECT_EQ(world.Rotation(), "1 3");
    ExpectHandsOff(world);
  });
}

TEST(F20PersonActsMidCheck, AStopWhileOurRestartDrainsEndsTheRestart) {
  RepeatSideBySide(20, [](std::uint64_t seed) {
    std::atomic<bool> was_refused = false;
    FaultWorld world({.seed = seed});
    for (const int number : {1, 3}) world.AddReplica(number);
    world.AddReplica(2, {{"fairlead.drain.timeout", "60s"}});
    world.Serve("1 2 3");
    world.Submit(
        {.verb = fleet::OperatorVerb::kRestart, .replica = "user-service.shop/2", .actor = "uid 0"},
        [&](const Result<>& answer) {
          was_refused = !answer && answer.error().code == Code::kAborted;
        });
    ASSERT_TRUE(world.UntilTold("repair-changed 2 draining(restart)"));
    world.Do(
        [&](FakeEngine& engine, FaultProxy&) { engine.host().StopByOthers(world.IdOf(2), 1); });
    ASSERT_TRUE(world.UntilTold("act-finished 2 dropped"));
    ASSERT_TRUE(world.Until("the person who asked is told", [&] { return was_refused.load(); }));
    ASSERT_TRUE(world.UntilTold("presence-changed 2 operator"));
    ASSERT_TRUE(world.UntilListedAgain());
    ExpectHandsOff(world);
  });
}

}  // namespace
}  // namespace fairlead::test::f20
