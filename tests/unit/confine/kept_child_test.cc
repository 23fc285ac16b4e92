#include "confine/kept_child.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include "unit/confine/in_a_child.h"

namespace fairlead::confine {
namespace {

// Answers each packet with its own number, and dies of "die".
int Echo(int pair) {
  while (true) {
    pollfd waited{.fd = pair, .events = POLLIN, .revents = 0};
    poll(&waited, 1, -1);
    std::array<char, 64> packet{};
    const ssize_t bytes = recv(pair, packet.data(), packet.size(), 0);
    if (bytes == 0) return 0;
    if (bytes < 0) continue;
    if (std::string(packet.data()) == "die") raise(SIGKILL);
    const pid_t self = getpid();
    send(pair, &self, sizeof self, MSG_NOSIGNAL);
  }
}

KeptChild StartEcho() {
  return *KeptChild::Start({.name = "echo", .work = Echo, .died = [](const auto&, Duration) {}});
}

void Say(const KeptChild& child, const std::string& word) {
  ASSERT_EQ(send(child.pair(), word.c_str(), word.size() + 1, MSG_NOSIGNAL),
            static_cast<ssize_t>(word.size() + 1));
}

// The number of the child that answers; 0 when none does within ten seconds.
pid_t Answer(const KeptChild& child) {
  pollfd waited{.fd = child.pair(), .events = POLLIN, .revents = 0};
  if (poll(&waited, 1, 10'000) != 1) return 0;
  pid_t answer = 0;
  return recv(child.pair(), &answer, sizeof answer, 0) == sizeof answer ? answer : 0;
}

TEST(KeptChild, AnswersFromAProcessOfItsOwn) {
  const KeptChild child = StartEcho();
  Say(child, "who");
  const pid_t answer = Answer(child);
  EXPECT_GT(answer, 0);
  EXPECT_NE(answer, getpid());
  EXPECT_NE(answer, child.keeper());
}

TEST(KeptChild, WhatWasSentToADeadOneIsAnsweredByTheNext) {
  const KeptChild child = StartEcho();
  Say(child, "who");
  const pid_t first = Answer(child);
  Say(child, "die");
  Say(child, "who");
  const pid_t second = Answer(child);
  EXPECT_GT(second, 0);
  EXPECT_NE(second, first);
}

TEST(KeptChild, EndsWithTheProcessThatStartedIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const int status = testing::InAChild([&] {
    const KeptChild child = StartEcho();
    Say(child, "who");
    const pid_t answer = Answer(child);
    const pid_t keeper = child.keeper();
    if (write(ends[1], &answer, sizeof answer) < 0 || write(ends[1], &keeper, sizeof keeper) < 0)
      return 1;
    raise(SIGKILL);
    return 2;
  });
  EXPECT_EQ(status, -1);
  for (int i = 0; i < 2; ++i) {
    pid_t process = 0;
    ASSERT_EQ(read(ends[0], &process, sizeof process), static_cast<ssize_t>(sizeof process));
    ASSERT_GT(process, 1);
    EXPECT_TRUE(testing::Ends(process)) << "lives on";
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(KeptChild, HoldsNoDescriptorOfWhomStartedIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const KeptChild child = StartEcho();
  Say(child, "who");
  ASSERT_GT(Answer(child), 0);
  close(ends[1]);
  char byte = 0;
  EXPECT_EQ(read(ends[0], &byte, 1), 0) << "somebody else holds the other end";
  close(ends[0]);
}

TEST(KeptChild, IsKeptThroughADeathOfItsOwnAndLostWithItsKeeper) {
  const KeptChild child = StartEcho();
  Say(child, "who");
  const pid_t first = Answer(child);
  Say(child, "die");
  Say(child, "who");
  EXPECT_NE(Answer(child), first);
  EXPECT_TRUE(child.IsKept());
  Say(child, "who");
  const pid_t last = Answer(child);
  ASSERT_GT(last, 1);
  ASSERT_EQ(kill(child.keeper(), SIGKILL), 0);
  EXPECT_TRUE(testing::Ends(child.keeper()));
  EXPECT_TRUE(testing::Ends(last)) << "the child lives on without its keeper";
  pollfd pair{.fd = child.pair(), .events = 0, .revents = 0};
  EXPECT_EQ(poll(&pair, 1, 10'000), 1) << "somebody holds the other end";
  EXPECT_FALSE(child.IsKept());
}

TEST(KeptChild, EndsAtOnceWithItsOwner) {
  pid_t keeper = 0;
  {
    const KeptChild child = StartEcho();
    keeper = child.keeper();
    Say(child, "who");
    ASSERT_GT(Answer(child), 0);
  }
  EXPECT_EQ(kill(keeper, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace fairlead::confine
