#include "h2/frame_meter.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::h2 {
namespace {

using namespace std::chrono_literals;

std::string Frame(unsigned type, unsigned flags, std::size_t payload) {
  std::string frame;
  for (const unsigned shift : {16U, 8U, 0U}) frame.push_back(static_cast<char>(payload >> shift));
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  return frame.append(4, '\1').append(payload, '\4');
}

FrameCounts Count(std::string_view bytes, std::size_t chunk, std::size_t preface) {
  FrameMeter meter(preface);
  FrameCounts sum;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(chunk, bytes.size()))) {
    const FrameCounts some = meter.Feed(std::as_bytes(std::span(bytes.substr(0, chunk))));
    sum.all += some.all;
    sum.control += some.control;
    sum.resets += some.resets;
  }
  return sum;
}

TEST(FrameMeter, CountsAlikeHoweverTheBytesAreCut) {
  const std::string bytes = "PREFACE" + Frame(4, 0, 6) + Frame(1, 4, 300) + Frame(0, 0, 5) +
                            Frame(3, 0, 4) + Frame(6, 0, 8) + Frame(8, 0, 4) + Frame(9, 4, 0);
  for (const std::size_t chunk : {1U, 2U, 5U, 9U, 10U, 100U, 1000U}) {
    const FrameCounts counts = Count(bytes, chunk, 7);
    EXPECT_EQ(counts.all, 7U) << chunk;
    EXPECT_EQ(counts.control, 3U) << chunk;  // SETTINGS, PING, CONTINUATION
    EXPECT_EQ(counts.resets, 1U) << chunk;
  }
}

TEST(FrameMeter, AnEmptyDataFrameIsControlUnlessItEndsTheStream) {
  EXPECT_EQ(Count(Frame(0, 0, 0), 100, 0).control, 1U);
  EXPECT_EQ(Count(Frame(0, 1, 0), 100, 0).control, 0U);
}

TEST(RateBudget, EachWindowHasItsOwn) {
  RateBudget budget(3, 1s);
  const TimePoint start{1h};
  EXPECT_TRUE(budget.Spend(2, start));
  EXPECT_TRUE(budget.Spend(1, start + 999ms));
  EXPECT_FALSE(budget.Spend(1, start + 999ms));
  EXPECT_TRUE(budget.Spend(3, start + 1s));
}

}  // namespace
}  // namespace fairlead::h2
