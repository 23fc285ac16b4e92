// F05: the event stream ends, is reset, or comes back half open, while things happen.
//
// Must hold: the stream is resumed with an overlap, what both told is counted once, and no
// transition is lost: neither a stop by somebody else nor a death.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f05 {
namespace {

int Count(const std::vector<std::string>& told, const std::string& what) {
  return static_cast<int>(std::ranges::count(told, what));
}

// Replica 1 is told to reload before the stream ends; 2 is stopped and 3 dies while there is none.
void TellWhileTheStreamIsGone(std::uint64_t seed, Fault ending, bool comes_back_half_open) {
  FaultWorld world({.seed = seed, .over_tcp = ending.kind == FaultKind::kReset});
  for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
  world.Serve("1 2 3 4");
  world.Do([&](FakeEngine& engine, FaultProxy&) {
    engine.host().Emit(world.IdOf(1), "kill", {{"signal", "1"}});
  });
  ASSERT_TRUE(world.Until("the first signal is heard",
                          [&] { return Count(world.Seen().foreign_acts, "kill 1") == 1; }));

  const int cut = world.Ask<int>([&](FakeEngine& engine, FaultProxy& proxy) {
    if (comes_back_half_open) {
      proxy.AddRule({.when = "/events", .times = 1, .fault = {.kind = FaultKind::kHalfOpen}});
    }
    const int streams = proxy.Inflict("/events", ending);
    engine.host().StopByOthers(world.IdOf(2), 1);
    engine.host().Exit(world.IdOf(3), 0);
    return streams;
  });
  EXPECT_EQ(cut, 1);

  ASSERT_TRUE(world.UntilRotation("1 4"));
  ASSERT_TRUE(world.Until("the stop is heard of",
                          [&] { return Count(world.Seen().foreign_acts, "stop 2") == 1; }));
  ASSERT_TRUE(world.Until("it is told that it serves again",
                          [&] { return Count(world.Seen().phases, "serving") == 2; }));
  const Witness seen = world.Seen();
  EXPECT_EQ(Count(seen.foreign_acts, "kill 1"), 1) << "the overlap was told twice";
  EXPECT_EQ(Count(seen.foreign_acts, "kill 2"), 1);
}

TEST(F05StreamEnds, InOrder) {
  Repeat(20, [](std::uint64_t seed) {
    TellWhileTheStreamIsGone(seed, {.kind = FaultKind::kEnd}, /*comes_back_half_open=*/false);
  });
}

TEST(F05StreamEnds, ByReset) {
  Repeat(20, [](std::uint64_t seed) {
    TellWhileTheStreamIsGone(seed, {.kind = FaultKind::kReset}, /*comes_back_half_open=*/false);
  });
}

TEST(F05StreamEnds, AndTheNextOneIsHalfOpen) {
  Repeat(20, [](std::uint64_t seed) {
    TellWhileTheStreamIsGone(seed, {.kind = FaultKind::kEnd}, /*comes_back_half_open=*/true);
  });
}

}  // namespace
}  // namespace fairlead::test::f05
