#include "h2/peer_bill.h"

#include <gtest/gtest.h>

#include <string_view>

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

constexpr ClientLimits kLimits{};

// A server that lets us read so much at once, and so often.
struct Sends {
  std::string_view what;
  std::size_t bytes = 0;
  std::uint32_t frames = 0;
  Duration every{};
};

// What was taken of it until it was over a limit.
struct Cost {
  std::uint32_t reads = 0;
  std::size_t bytes = 0;
  std::uint32_t frames = 0;
};

Cost CostOf(const Sends& sends) {
  PeerBill bill;
  Cost cost;
  for (TimePoint now{1h}; cost.reads < 10'000; now += sends.every) {
    ++cost.reads;
    cost.bytes += sends.bytes;
    cost.frames += sends.frames;
    if (!bill.Spend(sends.bytes, sends.frames, now, kLimits)) break;
  }
  return cost;
}

TEST(PeerBill, EndsWithinOneCheckOfAServerThatIsMadeToBeDear) {
  const Sends rows[] = {
      {.what = "headers without end", .bytes = 64 * 1024, .frames = 4, .every = 50us},
      {.what = "a message without end", .bytes = 16 * 1024, .frames = 1, .every = 50us},
      {.what = "PINGs by the hundred", .bytes = 1'700, .frames = 100, .every = 100us},
      {.what = "SETTINGS, one by one", .bytes = 9, .frames = 1, .every = 500us},
      {.what = "one byte after another", .bytes = 1, .frames = 0, .every = 10us},
      {.what = "as slow as is over a limit", .bytes = 9, .frames = 1, .every = 15ms},
  };
  for (const Sends& row : rows) {
    const Cost cost = CostOf(row);
    EXPECT_LE(cost.reads, 65U) << row.what;
    EXPECT_LE(cost.frames, kLimits.frames_per_second_max + row.frames) << row.what;
    EXPECT_LE(cost.bytes, kLimits.bytes_per_second_max + row.bytes) << row.what;
  }
}

// A check each 100 ms, with one beside it, a watch and a ping; each frame in a packet of its own.
TEST(PeerBill, HasRoomForServersThatSendEveryFrameByItself) {
  constexpr int kReadsOfACheck = 12;
  PeerBill bill;
  TimePoint now{1h};
  for (int check = 0; check < 600; ++check) {
    for (int i = 0; i < kReadsOfACheck; ++i)
      ASSERT_TRUE(bill.Spend(20, 1, now += 1ms, kLimits)) << check;
    bill.Answered();
    now += 88ms;
  }
}

TEST(PeerBill, AnswersAreNoLeaveToSendForever) {
  PeerBill bill;
  std::uint32_t reads = 0;
  while (bill.Spend(9, 1, TimePoint(1h), kLimits) && ++reads < 10'000) bill.Answered();
  EXPECT_EQ(reads, kLimits.reads_per_second_max);
}

}  // namespace
}  // namespace fairlead::h2
