#include "netdiag/waiting_callers.h"

#include <gtest/gtest.h>

namespace fairlead::netdiag {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCookie = 7;

Waiting Judge(const ServedSocket& socket, const Queues& earlier = {}) {
  return WaitsInVain(socket, 1s, earlier);
}

ServedSocket Quiet(Duration quiet_for) {
  return {.cookie = kCookie, .taken_bytes = 100, .quiet_for = quiet_for};
}

ServedSocket Queued(std::uint64_t taken_bytes) {
  ServedSocket socket = Quiet(10ms);
  socket.receive_queue_bytes = 40;
  socket.taken_bytes = taken_bytes;
  return socket;
}

TEST(WaitsInVain, ACallerThatGotNoByteSinceTheFirstFailedCheckDoes) {
  EXPECT_EQ(Judge(Quiet(1s)), Waiting::kSilent);
  EXPECT_EQ(Judge(Quiet(999ms)), Waiting::kNo) << "it got an answer after that";
}

TEST(WaitsInVain, ACallerThatNeverGotAByteDoesHoweverYoungItsConnection) {
  ServedSocket socket = Quiet(5ms);
  socket.has_sent = false;
  EXPECT_EQ(Judge(socket), Waiting::kSilent);
}

TEST(WaitsInVain, AQueueIsJudgedByTwoLooks) {
  EXPECT_EQ(Judge(Queued(100)), Waiting::kPerhaps);
  EXPECT_EQ(Judge(Queued(100), {{kCookie, 100}}), Waiting::kUndrained);
  EXPECT_EQ(Judge(Queued(101), {{kCookie, 100}}), Waiting::kNo) << "the server takes from it";
  EXPECT_EQ(Judge(Queued(100), {{kCookie + 1, 100}}), Waiting::kPerhaps) << "another connection";
}

TEST(WaitsInVain, WhatTheKernelDoesNotTellIsNoEvidence) {
  ServedSocket socket{.cookie = kCookie, .receive_queue_bytes = 40};
  EXPECT_EQ(Judge(socket), Waiting::kNo);
  EXPECT_EQ(Judge(socket, {{kCookie, 0}}), Waiting::kNo);
}

}  // namespace
}  // namespace fairlead::netdiag
