// F09: lists, inspects and events overtake one another: a list is old when it comes, an event
// later.
//
// Must hold: no ghost and none missing. Each change of one replica, also one that is new or removed
// for good, changes its place in the list once, and older news never turns that back.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <sstream>

#include "base/rng.h"
#include "faults/fault_world.h"

namespace fairlead::test::f09 {
namespace {

using namespace std::chrono_literals;

constexpr int kReplicas = 4;
constexpr int kTrials = 5;

std::string Text(const std::set<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += fmt::format("{}{}", text.empty() ? "" : " ", number);
  return text;
}

bool Holds(const std::string& rotation, int number) {
  std::istringstream words(rotation);
  for (int each = 0; words >> each;) {
    if (each == number) return true;
  }
  return false;
}

// How often `number` went in or out from the `from`th published list on.
int Turns(const std::vector<std::string>& rotations, std::size_t from, int number) {
  int turns = 0;
  for (std::size_t i = from; i < rotations.size(); ++i) {
    turns += Holds(rotations[i - 1], number) != Holds(rotations[i], number) ? 1 : 0;
  }
  return turns;
}

int ListsAsked(FaultWorld& world) {
  return world.Ask<int>([](FakeEngine& engine, FaultProxy&) {
    return static_cast<int>(std::ranges::count_if(engine.requests(), [](const std::string& each) {
      return each.contains("/containers/json");
    }));
  });
}

TEST(F09ListRacesEvents, EachChangeIsSeenOnceAndNeverTurnedBack) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    options.observer.relist_interval = 5ms;
    options.observer.relist_spacing = 1ms;
    FaultWorld world(options);
    std::set<int> truth;
    std::set<int> stopped;
    for (int number = 1; number <= kReplicas; ++number) {
      world.AddReplica(number);
      truth.insert(number);
    }
    world.Serve(Text(truth));
    Rng rng(seed);
    const auto chance = [&](std::uint64_t most_us) {
      return std::chrono::microseconds(rng.Below(most_us + 1));
    };
    for (int trial = 0; trial < kTrials; ++trial) {
      const int number = 1 + static_cast<int>(rng.Below(kReplicas));
      const bool is_up = truth.contains(number);
      const bool is_there = is_up || stopped.contains(number);
      const bool is_end = is_up && rng.Below(2) == 0;
      if (is_up && truth.size() == 1) continue;
      const std::size_t published = world.Seen().rotations.size();
      const std::uint64_t lists = world.Inventory().lists;
      // Of a new one a list that is under way when it comes knows nothing, and may be answered
      // after all that follows from it: event, inspect, check and published list.
      const bool is_overtaken = !is_there;
      world.Do([&](FakeEngine& engine, FaultProxy&) {
        engine.delays().after_list = is_overtaken ? 20ms : chance(4'000);
        engine.delays().inspect = chance(1'000);
        engine.delays().after_inspect = chance(3'000);
        engine.luck().delay = chance(3'000);
      });
      if (is_overtaken) {
        const int asked = ListsAsked(world);
        ASSERT_TRUE(world.Until("a list under way", [&] { return ListsAsked(world) > asked; }));
      }
      if (!is_there) world.CreateReplica(number, fmt::format("again-{}-{}", number, trial));
      world.Do([&](FakeEngine& engine, FaultProxy&) {
        if (is_end) {
          engine.host().Remove(world.IdOf(number));
        } else if (is_up) {
          engine.host().Exit(world.IdOf(number), 0);
        } else {
          engine.host().Start(world.IdOf(number));
        }
      });
      is_up ? void(truth.erase(number)) : void(truth.insert(number));
      is_up && !is_end ? void(stopped.insert(number)) : void(stopped.erase(number));
      ASSERT_TRUE(world.UntilRotation(Text(truth)));
      world.Do([](FakeEngine& engine, FaultProxy&) { engine.delays().after_list = 0ms; });
      ASSERT_TRUE(
          world.Until("two more lists", [&] { return world.Inventory().lists >= lists + 3; }));
      EXPECT_EQ(world.Rotation(), Text(truth));
      EXPECT_EQ(Turns(world.Seen().rotations, published, number), 1) << "trial " << trial;
    }
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f09
