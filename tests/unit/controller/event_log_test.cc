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

}  // namespace
}  // namespace fairlead::controller
