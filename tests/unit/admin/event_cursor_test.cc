#include "admin/event_cursor.h"

#include <gtest/gtest.h>

#include "integration/admin/fake_control.h"

namespace fairlead::admin {
namespace {

using namespace std::chrono_literals;
using testing::FakeControl;

// Everything the cursor has now: "1" for event 1, "+5" for a gap of five.
std::string Read(EventCursor& cursor) {
  std::string text;
  while (const auto next = cursor.Next()) {
    if (!text.empty()) text += " ";
    text += next->has_gap() ? "+" + std::to_string(next->gap().missed_count())
                            : std::to_string(next->event().id());
  }
  return text;
}

void Record(FakeControl& control, int count) {
  for (int i = 0; i < count; ++i) control.Record("code", runtime::WallTime(1h));
}

TEST(EventCursor, GivesWhatIsRecordedAndThenWhatIsNew) {
  FakeControl control;
  Record(control, 2);
  EventCursor cursor(control, 0, {});
  EXPECT_EQ(Read(cursor), "1 2");
  EXPECT_EQ(Read(cursor), "");
  Record(control, 1);
  EXPECT_EQ(Read(cursor), "3");
}

TEST(EventCursor, BeginsAfterTheIdThatWasAskedFor) {
  FakeControl control;
  Record(control, 4);
  EventCursor cursor(control, 2, {});
  EXPECT_EQ(Read(cursor), "3 4");
}

TEST(EventCursor, AnIdOfAnEarlierLifeBeginsAtTheOldest) {
  FakeControl control;
  Record(control, 2);
  EventCursor cursor(control, 500, {});
  EXPECT_EQ(Read(cursor), "1 2");
}

TEST(EventCursor, TheNewestIdIsNoEarlierLife) {
  FakeControl control;
  Record(control, 2);
  EventCursor cursor(control, 2, {});
  EXPECT_EQ(Read(cursor), "");
}

TEST(EventCursor, TellsHowManyWereThrownAwayBeforeThisReaderCame) {
  FakeControl control;
  control.events_max = 2;
  Record(control, 3);
  EventCursor from_the_oldest(control, 0, {});
  EventCursor resumed(control, 1, {});
  EXPECT_EQ(Read(from_the_oldest), "2 3") << "nothing more was promised";
  Record(control, 5);
  EXPECT_EQ(Read(resumed), "+5 7 8");
  EXPECT_EQ(Read(from_the_oldest), "+3 7 8");
}

TEST(EventCursor, IdsThatWereSkippedBetweenTwoLivesAreNoGap) {
  FakeControl control;
  Record(control, 2);
  control.SkipTo(1'000'001);
  Record(control, 2);
  EventCursor cursor(control, 1, {});
  EXPECT_EQ(Read(cursor), "2 1000001 1000002");
  EventCursor seen_before_the_kill(control, 3, {});
  EXPECT_EQ(Read(seen_before_the_kill), "1000001 1000002");
}

TEST(EventCursor, AGapBeforeTheSkippedIdsCountsOnlyEvents) {
  FakeControl control;
  control.events_max = 1;
  Record(control, 1);
  EventCursor cursor(control, 0, {});
  EXPECT_EQ(Read(cursor), "1");
  Record(control, 2);
  control.SkipTo(1'000'001);
  Record(control, 1);
  EXPECT_EQ(Read(cursor), "+2 1000001");
}

TEST(EventCursor, AnIdAndATimeCountTogether) {
  FakeControl control;
  for (int hour = 1; hour <= 4; ++hour) control.Record("code", runtime::WallTime(hour * 1h));
  EventCursor by_time(control, 1, runtime::WallTime(3h));
  EventCursor by_id(control, 3, runtime::WallTime(1h));
  EXPECT_EQ(Read(by_time), "3 4");
  EXPECT_EQ(Read(by_id), "4");
  EventCursor later(control, 0, runtime::WallTime(9h));
  EXPECT_EQ(Read(later), "");
}

TEST(EventCursor, LeavesOutWhatIsOlderThanAskedFor) {
  FakeControl control;
  control.Record("old", runtime::WallTime(1h));
  control.Record("new", runtime::WallTime(2h));
  EventCursor cursor(control, 0, runtime::WallTime(2h));
  EXPECT_EQ(Read(cursor), "2");
}

}  // namespace
}  // namespace fairlead::admin
