// F11: the engine answers with 404, 409, 500, 301 or garbage, to any of the five questions.
//
// Must hold: each is told apart and named for people, nothing crashes, the list is kept (only a 404
// about one container takes that one away, until a list names it again), and all is well once the
// answers are.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "faults/fault_world.h"

namespace fairlead::test::f11 {
namespace {

struct StrangeAnswer {
  Misbehaviour how;
  const char* code;  // why the inventory is then not synced
};

std::vector<StrangeAnswer> StrangeAnswers() {
  return {{{.status = 404}, "engine-away"},
          {{.status = 409}, "engine-away"},
          {{.status = 500}, "engine-away"},
          {{.raw = "HTTP/1.1 301 X\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"},
           "engine-unreadable"},
          {{.raw = "SSH-2.0-OpenSSH_9.2\r\n\r\n"}, "engine-unreadable"}};
}

constexpr std::array kSessionTargets = {"/_ping", "/containers/json", "/events", "/info"};

TEST(F11StrangeAnswers, ToAllThatKeepsThePictureAreNamedAndTheListIsKept) {
  Repeat(20, [](std::uint64_t seed) {
    const std::vector<StrangeAnswer> answers = StrangeAnswers();
    const StrangeAnswer& strange = answers.at(seed % answers.size());
    const std::string target = kSessionTargets.at((seed / answers.size()) % kSessionTargets.size());
    SCOPED_TRACE(target + " " + strange.code);
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    const std::size_t published = world.Seen().rotations.size();

    const auto asked = [&] {
      return world.Ask<long>([&](FakeEngine& engine, FaultProxy&) {
        return std::ranges::count_if(engine.requests(), [&](const std::string& each) {
          return each.find(target) != std::string::npos;
        });
      });
    };
    const long before = asked();
    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.Misbehave(target, strange.how);
      if (target == "/events" || target == "/info") engine.EndStreams();
    });
    ASSERT_TRUE(world.Until("it is named", [&] {
      return world.Phase() == "stale" && world.Inventory().code == strange.code &&
             asked() >= before + 4;
    }));
    EXPECT_NE(world.Inventory().reason, "");
    EXPECT_EQ(world.Seen().rotations.size(), published) << "the list was touched";
    world.Do([](FakeEngine& engine, FaultProxy&) { engine.Behave(); });
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_EQ(world.Rotation(), "1 2 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

TEST(F11StrangeAnswers, AboutOneContainerConcernThatOneAlone) {
  Repeat(20, [](std::uint64_t seed) {
    const std::vector<StrangeAnswer> answers = StrangeAnswers();
    const StrangeAnswer& strange = answers.at(seed % answers.size());
    const bool says_gone = strange.how.status == 404;
    FaultWorld world({.seed = seed});
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");

    world.Do([&](FakeEngine& engine, FaultProxy&) {
      engine.Misbehave(world.IdOf(2) + "/json", strange.how);
      engine.host().Emit(world.IdOf(2), "update");
    });
    if (says_gone) {
      ASSERT_TRUE(world.UntilRotation("1 3"));
    } else {
      ASSERT_TRUE(world.Until("it is undecided", [&] { return world.Inventory().undecided == 1; }));
      EXPECT_EQ(world.Rotation(), "1 2 3");
    }
    world.Do([&](FakeEngine& engine, FaultProxy&) { engine.host().Exit(world.IdOf(3), 0); });
    ASSERT_TRUE(world.UntilRotation(says_gone ? "1" : "1 2"));
    world.Do([](FakeEngine& engine, FaultProxy&) { engine.Behave(); });
    ASSERT_TRUE(world.UntilRotation("1 2"));
    ASSERT_TRUE(world.Until("it is decided", [&] { return world.Inventory().undecided == 0; }));
    // A container that is listed and gone looks like events that do not come.
    if (!says_gone) {
      EXPECT_EQ(world.Inventory().reconnects, 0U);
    }
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f11
