// F14: we may not use the socket any more, it is not there, or no file descriptor is left for it.
//
// Must hold: the reason is shown, with what to do; the list is kept; a reason that lasts is told
// once, however often we try; all is well when it is over.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "faults/fault_world.h"
#include "support/no_descriptor.h"

namespace fairlead::test::f14 {
namespace {

using Change = std::function<void(FakeEngine&, FaultProxy&)>;

void LoseAndRegain(std::uint64_t seed, const Change& lose, const std::string& named,
                   const Change& regain) {
  FaultWorld world({.seed = seed});
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.Serve("1 2 3");
  const std::size_t published = world.Seen().rotations.size();
  world.Do(lose);
  ASSERT_TRUE(world.Until("it is named", [&] {
    return world.Phase() == "stale" && world.Inventory().reason.find(named) != std::string::npos;
  }));
  EXPECT_EQ(world.Seen().rotations.size(), published) << "the list was touched";
  const auto told = std::ranges::count(world.Seen().phases, "stale");
  EXPECT_LE(told, 2) << "the stream's end, and then the reason";
  world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
    engine.host().Exit(world.IdOf(2), 0);
    regain(engine, proxy);
  });
  ASSERT_TRUE(world.UntilRotation("1 3"));
  ASSERT_TRUE(world.UntilPhase("serving"));
  // While the way back is built one more try may be refused.
  EXPECT_LE(std::ranges::count(world.Seen().phases, "stale"), 3) << "one reason, told again";
  EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
}

void Open(FakeEngine&, FaultProxy& proxy) {
  proxy.Open();
}

TEST(F14SocketLost, ItIsNotThere) {
  Repeat(20, [](std::uint64_t seed) {
    LoseAndRegain(
        seed,
        [](FakeEngine&, FaultProxy& proxy) {
          proxy.Close();
          std::filesystem::remove(proxy.endpoint().substr(std::string("unix://").size()));
          proxy.Inflict("", {.kind = FaultKind::kEnd});
        },
        "No such file or directory", Open);
  });
}

// As root nobody is kept out by a file's mode; an authorization plugin keeps everybody out.
TEST(F14SocketLost, WeMayNotUseIt) {
  Repeat(20, [](std::uint64_t seed) {
    LoseAndRegain(
        seed,
        [](FakeEngine& engine, FaultProxy&) {
          engine.Misbehave("/", {.status = 403});
          engine.EndStreams();
        },
        "HTTP 403", [](FakeEngine& engine, FaultProxy&) { engine.Behave(); });
  });
}

TEST(F14SocketLost, NoFileDescriptorIsLeft) {
  Repeat(20, [&](std::uint64_t seed) {
    std::optional<NoDescriptor> none;
    LoseAndRegain(
        seed,
        [&](FakeEngine&, FaultProxy& proxy) {
          proxy.Close();
          proxy.Inflict("", {.kind = FaultKind::kEnd});
          none.emplace();
        },
        "no file descriptor is left",
        [&](FakeEngine&, FaultProxy& proxy) {
          none.reset();
          proxy.Open();
        });
  });
}

}  // namespace
}  // namespace fairlead::test::f14
