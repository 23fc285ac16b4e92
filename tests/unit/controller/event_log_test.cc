#include "controller/event_log.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::controller {
namespace {

fleet::Note Note(const std::string& text) {
  fleet::Note note;
  note.text = text;
  return note;
}

TEST(EventLog, NumbersEventsFromOneAndGivesThoseAfter) {
  EventLog log;
  for (int i = 1; i <= 5; ++i)
    EXPECT_EQ(log.Append(Note(std::to_string(i)), {}).id, static_cast<std::uint64_t>(i));
  const auto events = log.After(2, 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].id, 3U);
  EXPECT_EQ(events[1].note.text, "4");
  EXPECT_TRUE(log.After(5, 10).empty());
}

TEST(EventLog, ForgetsTheOldestBeyondItsCapacity) {
  EventLog log(3);
  for (int i = 0; i < 10; ++i) log.Append(Note("x"), {});
  const auto events = log.After(0, 100);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events.front().id, 8U);
}

TEST(EventLog, WakesFollowersUntilTheirHandleIsGone) {
  EventLog log;
  int wakes = 0;
  auto handle = log.OnAppend([&] { ++wakes; });
  log.Append(Note("a"), {});
  EXPECT_EQ(wakes, 1);
  handle.reset();
  log.Append(Note("b"), {});
  EXPECT_EQ(wakes, 1);
}

TEST(EventLog, AFollowerMayReadAndLeaveFromItsOwnWake) {
  EventLog log;
  std::shared_ptr<void> handle;
  std::size_t seen = 0;
  handle = log.OnAppend([&] {
    seen = log.After(0, 10).size();
    handle.reset();
  });
  log.Append(Note("a"), {});
  log.Append(Note("b"), {});
  EXPECT_EQ(seen, 1U);
}

TEST(EventLog, GoesOnWhereAnEarlierLifeEnded) {
  EventLog log;
  log.GoOn(1'000'001, 41);
  EXPECT_TRUE(log.Covers(41));
  EXPECT_FALSE(log.Covers(40));
  EXPECT_EQ(log.first_id(), 1'000'001U);
  const RecordedEvent first = log.Append(Note("a"), runtime::WallTime(std::chrono::hours(1)));
  const RecordedEvent second = log.Append(Note("b"), runtime::WallTime(std::chrono::hours(2)));
  EXPECT_EQ(first.id, 1'000'001U);
  EXPECT_EQ(first.follows, 41U);
  EXPECT_EQ(second.follows, first.id);
  EXPECT_EQ(log.FirstSince(runtime::WallTime(std::chrono::hours(2))), second.id);
  EXPECT_EQ(log.FirstSince(runtime::WallTime(std::chrono::hours(3))), std::nullopt);
}

TEST(EventLog, CoversNoMoreThanItHas) {
  EventLog log(2);
  EXPECT_TRUE(log.Covers(0));
  for (int i = 0; i < 5; ++i) log.Append(Note("x"), {});
  EXPECT_EQ(log.first_id(), 4U);
  EXPECT_TRUE(log.Covers(3));
  EXPECT_FALSE(log.Covers(2));
}

}  // namespace
}  // namespace fairlead::controller
