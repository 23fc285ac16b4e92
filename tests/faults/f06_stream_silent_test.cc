// F06: the event stream stays open and tells nothing any more.
//
// Must hold: the next full list finds what no event told, the silence is noticed by that, and the
// stream that follows tells again; whoever runs on stays in the list.
#include <gtest/gtest.h>

#include <algorithm>

#include "faults/fault_world.h"

namespace fairlead::test::f06 {
namespace {

TEST(F06StreamSilent, IsFoundByTheNextListAndTheStreamIsOpenedAnew) {
  Repeat(20, [](std::uint64_t seed) {
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3, 4}) world.AddReplica(number);
    world.Serve("1 2 3 4");
    // From here on a list's time passes without an event.
    ASSERT_TRUE(world.Until("two more lists", [&] { return world.Inventory().lists >= 3; }));
    EXPECT_EQ(world.Inventory().reconnects, 0U);

    const int silenced = world.Ask<int>([&](FakeEngine& engine, FaultProxy& proxy) {
      const int streams = proxy.Inflict("/events", {.kind = FaultKind::kSwallowAnswers});
      engine.host().Exit(world.IdOf(2), 0);
      return streams;
    });
    EXPECT_EQ(silenced, 1);
    ASSERT_TRUE(world.UntilRotation("1 3 4"));
    ASSERT_TRUE(world.Until("a new stream", [&] { return world.Inventory().reconnects >= 1; }));
    ASSERT_TRUE(world.UntilPhase("serving"));
    ASSERT_TRUE(world.Until("synced", [&] { return world.Inventory().code.empty(); }));
    EXPECT_GE(world.MissedEvents(), 1U);

    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(3), 0); });
    ASSERT_TRUE(world.UntilRotation("1 4"));
    EXPECT_EQ(world.Inventory().reconnects, 1U) << "the new stream is silent, too";
    const Witness seen = world.Seen();
    EXPECT_EQ(seen.acts, std::vector<std::string>{});
    for (const std::string& rotation : seen.rotations) {
      EXPECT_TRUE(rotation.starts_with("1") && rotation.ends_with("4")) << rotation;
    }
  });
}

}  // namespace
}  // namespace fairlead::test::f06
