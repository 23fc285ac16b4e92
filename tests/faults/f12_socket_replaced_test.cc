// F12: the engine's socket file is replaced: by a new one, a plain file or a directory, as a mount
// of a file that was not there makes it.
//
// Must hold: what is in the way is named, with what to do; the list is kept; the new socket is
// connected to, without a restart of ours.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "faults/fault_world.h"

namespace fairlead::test::f12 {
namespace {

std::string SocketPath(FaultWorld& world) {
  return world.Ask<std::string>([](FakeEngine&, FaultProxy& proxy) { return proxy.endpoint(); })
      .substr(std::string("unix://").size());
}

// Puts `what` where the socket was while the engine is away.
void ReplaceWhileAway(std::uint64_t seed, const std::function<void(const std::string&)>& what,
                      const std::string& named) {
  FaultWorld world({.seed = seed});
  for (const int number : {1, 2, 3}) world.AddReplica(number);
  world.Serve("1 2 3");
  const std::string path = SocketPath(world);
  world.Do([&](FakeEngine&, FaultProxy& proxy) {
    proxy.Close();
    std::filesystem::remove(path);
    what(path);
    proxy.Inflict("", {.kind = FaultKind::kEnd});
  });
  ASSERT_TRUE(world.Until("it is named", [&] {
    return world.Phase() == "stale" && world.Inventory().reason.find(named) != std::string::npos;
  }));
  EXPECT_EQ(world.Rotation(), "1 2 3");
  world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
    std::filesystem::remove(path);
    engine.host().Exit(world.IdOf(2), 0);
    proxy.Open();
  });
  ASSERT_TRUE(world.UntilRotation("1 3"));
  ASSERT_TRUE(world.UntilPhase("serving"));
  EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
}

TEST(F12SocketReplaced, ByAPlainFile) {
  Repeat(20, [](std::uint64_t seed) {
    ReplaceWhileAway(
        seed, [](const std::string& path) { std::ofstream(path) << "not a socket"; },
        "it is no socket");
  });
}

TEST(F12SocketReplaced, ByADirectory) {
  Repeat(20, [](std::uint64_t seed) {
    ReplaceWhileAway(
        seed, [](const std::string& path) { std::filesystem::create_directory(path); },
        "it is a directory");
  });
}

TEST(F12SocketReplaced, ByANewOneWhileTheOldStreamLivesOn) {
  Repeat(20, [](std::uint64_t seed) {
    WorldOptions options{.seed = seed};
    options.observer.relist_interval = std::chrono::minutes(1);  // no list helps
    FaultWorld world(options);
    for (const int number : {1, 2, 3}) world.AddReplica(number);
    world.Serve("1 2 3");
    world.Do([&](FakeEngine& engine, FaultProxy& proxy) {
      proxy.Close();
      proxy.Open();
      engine.host().Exit(world.IdOf(2), 0);
    });
    ASSERT_TRUE(world.UntilRotation("1 3"));
    EXPECT_EQ(world.MissedEvents(), 0U);
    world.Do([](FakeEngine&, FaultProxy& proxy) {
      proxy.Inflict("/events", {.kind = FaultKind::kEnd});
    });
    ASSERT_TRUE(world.Until("a new stream", [&] { return world.Inventory().reconnects >= 1; }));
    ASSERT_TRUE(world.UntilPhase("serving"));
    EXPECT_EQ(world.Rotation(), "1 3");
    EXPECT_EQ(world.Seen().acts, std::vector<std::string>{});
  });
}

}  // namespace
}  // namespace fairlead::test::f12
