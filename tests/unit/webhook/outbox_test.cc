#include "webhook/outbox.h"

#include <gtest/gtest.h>

#include <string>

namespace fairlead::webhook {
namespace {

controller::RecordedEvent Event(std::uint64_t id,
                                fleet::NoteKind kind = fleet::NoteKind::kActFinished) {
  controller::RecordedEvent event;
  event.id = id;
  event.note.kind = kind;
  return event;
}

// Everything that waits, in the order in which it would be sent.
std::string Drain(Outbox& outbox) {
  std::string ids;
  while (const auto event = outbox.Begin()) {
    ids += (ids.empty() ? "" : " ") + std::to_string(event->id);
    outbox.Done();
  }
  return ids;
}

TEST(Outbox, GivesEventsInTheirOrderOneAtATime) {
  Outbox outbox({});
  for (std::uint64_t id = 1; id <= 3; ++id) EXPECT_TRUE(outbox.Offer(Event(id)));
  EXPECT_EQ(outbox.Begin()->id, 1U);
  EXPECT_EQ(outbox.Begin()->id, 1U) << "it stays until it is done";
  EXPECT_EQ(outbox.waiting(), 3U);
  EXPECT_EQ(Drain(outbox), "1 2 3");
  EXPECT_EQ(outbox.Begin(), std::nullopt);
}

TEST(Outbox, AFullOneThrowsItsOldestAwayAndCounts) {
  Outbox outbox({}, 3);
  for (std::uint64_t id = 1; id <= 5; ++id) outbox.Offer(Event(id));
  EXPECT_EQ(outbox.dropped(), 2U);
  EXPECT_EQ(Drain(outbox), "3 4 5");
}

TEST(Outbox, TheOneThatIsBeingSentIsNotThrownAway) {
  Outbox outbox({}, 3);
  outbox.Offer(Event(1));
  ASSERT_EQ(outbox.Begin()->id, 1U);
  for (std::uint64_t id = 2; id <= 6; ++id) outbox.Offer(Event(id));
  EXPECT_EQ(outbox.dropped(), 3U);
  EXPECT_EQ(Drain(outbox), "1 5 6");
}

TEST(Outbox, WithoutAFilterItTakesTransitionsAndActs) {
  Outbox outbox({});
  EXPECT_TRUE(outbox.Offer(Event(1, fleet::NoteKind::kRotationChanged)));
  EXPECT_TRUE(outbox.Offer(Event(2, fleet::NoteKind::kActPermitted)));
  EXPECT_TRUE(outbox.Offer(Event(3, fleet::NoteKind::kPauseChanged)));
  EXPECT_FALSE(outbox.Offer(Event(4, fleet::NoteKind::kViewPublished)));
  EXPECT_FALSE(outbox.Offer(Event(5, fleet::NoteKind::kCommandAnswered)));
  EXPECT_FALSE(outbox.Offer(Event(6, fleet::NoteKind::kDiagnostic)));
  EXPECT_EQ(outbox.waiting(), 3U);
}

TEST(Outbox, AFilterTakesWhatItNamesAndNothingElse) {
  Outbox outbox({"diagnostic", "act-finished"});
  EXPECT_TRUE(outbox.Offer(Event(1, fleet::NoteKind::kDiagnostic)));
  EXPECT_TRUE(outbox.Offer(Event(2, fleet::NoteKind::kActFinished)));
  EXPECT_FALSE(outbox.Offer(Event(3, fleet::NoteKind::kRotationChanged)));
}

}  // namespace
}  // namespace fairlead::webhook
