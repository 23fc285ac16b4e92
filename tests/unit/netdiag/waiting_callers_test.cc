#include "netdiag/waiting_callers.h"

#include <gtest/gtest.h>

#include <vector>

namespace fairlead::netdiag {
namespace {

using namespace std::chrono_literals;

// A server that sent a moment ago, and `sent_bytes` in all.
ServedSocket Sent(std::uint64_t sent_bytes, std::uint64_t cookie = 7) {
  return {.cookie = cookie, .sent_bytes = sent_bytes, .quiet_for = 10ms};
}

// How looks 50 ms apart judge a connection whose server sends so much before each.
std::vector<Waiting> Judged(const std::vector<std::uint64_t>& sends) {
  WaitingCallers callers(1s);
  std::uint64_t sent = 1'000;
  TimePoint now{};
  std::vector<Waiting> judged;
  for (const std::uint64_t more : sends) {
    sent += more;
    judged.push_back(callers.Judge(Sent(sent), now));
    now += 50ms;
  }
  return judged;
}

constexpr Waiting kPerhaps = Waiting::kPerhaps;
constexpr Waiting kInVain = Waiting::kInVain;

TEST(WaitingCallers, WhoGotNoByteForLongEnoughWaitsInVain) {
  ServedSocket socket = Sent(1'000);
  socket.quiet_for = 1s;
  EXPECT_EQ(WaitingCallers(1s).Judge(socket, {}), kInVain);
  socket.quiet_for = 999ms;
  EXPECT_EQ(WaitingCallers(1s).Judge(socket, {}), kPerhaps) << "it got something after that";
}

TEST(WaitingCallers, WhoNeverGotAByteDoesHoweverYoungTheConnection) {
  ServedSocket socket = Sent(0);
  socket.has_sent = false;
  EXPECT_EQ(WaitingCallers(1s).Judge(socket, {}), kInVain);
}

TEST(WaitingCallers, AServerThatAnswersNoneOfItsCallsShowsAfterAMoment) {
  EXPECT_EQ(Judged({0, 0, 0, 0}), (std::vector{kPerhaps, kPerhaps, kPerhaps, kInVain}));
}

TEST(WaitingCallers, TheFramesOfALibraryThatLivesAreNoAnswer) {
  constexpr std::uint64_t kPing = 17;
  constexpr std::uint64_t kWindowUpdate = 13;
  EXPECT_EQ(Judged({0, kPing, 0, kWindowUpdate}).back(), kInVain);
}

TEST(WaitingCallers, EachAnswerBeginsTheMomentAnew) {
  for (const Waiting judged : Judged({0, 35, 0, 0, 35, 0, 0, 200, 0, 0}))
    EXPECT_EQ(judged, kPerhaps);
  // One that comes in small pieces is an answer, too.
  for (const Waiting judged : Judged({0, 12, 12, 12, 12, 12, 12, 12, 12}))
    EXPECT_EQ(judged, kPerhaps);
}

TEST(WaitingCallers, WhileCallsStillArriveAHungServerMayLookAsIfItAnswered) {
  // Go's 30 bytes for each: the list without it is taken by then, so they end, and so does this.
  EXPECT_EQ(Judged({0, 60, 60, 60, 0, 0, 0}),
            (std::vector{kPerhaps, kPerhaps, kPerhaps, kPerhaps, kPerhaps, kPerhaps, kInVain}));
}

TEST(WaitingCallers, WhoDoesNotTakeWhatIsSentWaitsForNobody) {
  WaitingCallers callers(1s);
  ServedSocket socket = Sent(1'000);
  socket.quiet_for = 1h;
  socket.send_queue_bytes = 1;
  EXPECT_EQ(callers.Judge(socket, TimePoint{}), kPerhaps);
  EXPECT_EQ(callers.Judge(socket, TimePoint(1h)), kPerhaps);
}

TEST(WaitingCallers, AFrameThatIsUnderWayAtOneLookSavesNobody) {
  WaitingCallers callers(1s);
  ServedSocket socket = Sent(1'000);
  socket.send_queue_bytes = 17;
  EXPECT_EQ(callers.Judge(socket, TimePoint{}), kPerhaps);
  EXPECT_EQ(callers.Judge(Sent(1'000), TimePoint(150ms)), kInVain);
}

TEST(WaitingCallers, AnAnswerThatIsUnderWayBeginsTheMomentAnew) {
  WaitingCallers callers(1s);
  EXPECT_EQ(callers.Judge(Sent(1'000), TimePoint{}), kPerhaps);
  ServedSocket socket = Sent(1'035);
  socket.send_queue_bytes = 35;
  EXPECT_EQ(callers.Judge(socket, TimePoint(100ms)), kPerhaps);
  EXPECT_EQ(callers.Judge(Sent(1'035), TimePoint(200ms)), kPerhaps);
  EXPECT_EQ(callers.Judge(Sent(1'035), TimePoint(250ms)), kInVain);
}

TEST(WaitingCallers, EachConnectionIsJudgedByItself) {
  WaitingCallers callers(1s);
  EXPECT_EQ(callers.Judge(Sent(10, 1), TimePoint{}), kPerhaps);
  EXPECT_EQ(callers.Judge(Sent(10, 2), TimePoint(150ms)), kPerhaps);
  EXPECT_EQ(callers.Judge(Sent(10, 1), TimePoint(150ms)), kInVain);
}

TEST(WaitingCallers, WhatTheKernelDoesNotTellIsNoEvidence) {
  WaitingCallers callers(1s);
  const ServedSocket socket{.cookie = 7};
  EXPECT_EQ(callers.Judge(socket, TimePoint{}), Waiting::kNo);
  EXPECT_EQ(callers.Judge(socket, TimePoint(1h)), Waiting::kNo);
}

}  // namespace
}  // namespace fairlead::netdiag
