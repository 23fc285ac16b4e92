#include "controller/status_board.h"

#include <gtest/gtest.h>

#include <optional>

namespace fairlead::controller {
namespace {

std::shared_ptr<const fleet::ServiceReport> Report(const ServiceName& name, int replicas,
                                                   int in_rotation) {
  auto report = std::make_shared<fleet::ServiceReport>();
  report->name = name;
  report->in_rotation = in_rotation;
  report->replicas.resize(static_cast<std::size_t>(replicas));
  return report;
}

class StatusBoardTest : public ::testing::Test {
 protected:
  const ServiceName api_{"shop", "api"};
  const ServiceName db_{"shop", "db"};
  std::optional<fleet::OperatorCommand> submitted_;
  StatusBoard board_{{.engine_endpoint = "unix:///run/docker.sock"},
                     [this](fleet::OperatorCommand command, std::function<void(Result<>)> done) {
                       submitted_ = std::move(command);
                       done({});
                     },
                     {},
                     {}};
};

TEST_F(StatusBoardTest, CountsServicesAndReplicasFromTheirReports) {
  board_.SetService(api_, Report(api_, 3, 2));
  board_.SetService(db_, Report(db_, 1, 1));
  board_.SetService(api_, Report(api_, 4, 1));
  const DaemonStatus status = board_.Status();
  EXPECT_EQ(status.services, 2);
  EXPECT_EQ(status.replicas, 5);
  EXPECT_EQ(status.replicas_in_rotation, 2);
  EXPECT_EQ(status.engine_endpoint, "unix:///run/docker.sock");
}

TEST_F(StatusBoardTest, AServiceThatIsOverDisappears) {
  board_.SetService(api_, Report(api_, 3, 2));
  board_.SetService(api_, nullptr);
  EXPECT_TRUE(board_.Services().empty());
  EXPECT_EQ(board_.Status().replicas, 0);
}

TEST_F(StatusBoardTest, FollowersAreWokenForEachNewListOfEndpoints) {
  int wakes = 0;
  const auto following = board_.OnEvent([&] { ++wakes; });
  auto report = *Report(api_, 3, 2);
  board_.SetService(api_, std::make_shared<fleet::ServiceReport>(report));
  EXPECT_EQ(wakes, 1);
  report.replicas[0].liveness = "failing(1)";
  board_.SetService(api_, std::make_shared<fleet::ServiceReport>(report));
  EXPECT_EQ(wakes, 1) << "the list is the same";
  report.revision += 1;
  board_.SetService(api_, std::make_shared<fleet::ServiceReport>(report));
  EXPECT_EQ(wakes, 2);
  board_.SetService(api_, nullptr);
  EXPECT_EQ(wakes, 3);
}

TEST_F(StatusBoardTest, WhatAReaderHoldsDoesNotChange) {
  board_.SetService(db_, Report(db_, 1, 1));
  board_.SetService(api_, Report(api_, 3, 2));
  const auto held = board_.Services();
  board_.SetService(api_, Report(api_, 9, 9));
  ASSERT_EQ(held.size(), 2U);
  EXPECT_EQ(held[0]->name, api_);
  EXPECT_EQ(held[0]->replicas.size(), 3U);
  EXPECT_EQ(board_.Services()[0]->replicas.size(), 9U);
}

TEST_F(StatusBoardTest, HandsCommandsToTheController) {
  fleet::OperatorCommand command;
  command.replica = "api.shop/1";
  bool is_answered = false;
  board_.Submit(command, [&](const Result<>& answer) { is_answered = answer.has_value(); });
  ASSERT_TRUE(submitted_.has_value());
  EXPECT_EQ(submitted_->replica, "api.shop/1");
  EXPECT_TRUE(is_answered);
}

TEST_F(StatusBoardTest, KeepsDiagnosticsAndEventsForWhoeverAsks) {
  board_.SetDiagnostics({{.id = ContainerId("c1"), .container_name = "api-1", .diagnostics = {}}});
  ASSERT_EQ(board_.Diagnostics().size(), 1U);
  int wakes = 0;
  const auto handle = board_.OnEvent([&] { ++wakes; });
  fleet::Note note;
  note.code = "serving";
  board_.Record(note, {});
  EXPECT_EQ(wakes, 1);
  const auto events = board_.EventsAfter(0, 10);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].note.code, "serving");
}

// A journal that has what it was given, and what an earlier life left.
class MemoryJournal final : public store::Journal {
 public:
  store::JournalStart Start() const override { return start; }
  void Append(RecordedEvent event) override { events.push_back(std::move(event)); }
  std::vector<RecordedEvent> Between(std::uint64_t after, std::uint64_t before,
                                     std::size_t count_max) const override {
    std::vector<RecordedEvent> found;
    for (const RecordedEvent& event : events) {
      if (event.id > after && event.id < before && found.size() < count_max) found.push_back(event);
    }
    return found;
  }
  std::optional<std::uint64_t> FirstSince(runtime::WallTime since) const override {
    for (const RecordedEvent& event : events) {
      if (event.at >= since) return event.id;
    }
    return std::nullopt;
  }
  store::JournalStatus Status() const override { return {.entries = events.size(), .trouble = ""}; }

  store::JournalStart start;
  std::vector<RecordedEvent> events;
};

std::string Ids(const std::vector<RecordedEvent>& events) {
  std::string ids;
  for (const RecordedEvent& event : events) ids += std::to_string(event.id) + " ";
  return ids;
}

TEST_F(StatusBoardTest, EventsOfEarlierLivesComeBeforeThoseOfThisOne) {
  using std::chrono::hours;
  MemoryJournal journal;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    journal.events.push_back(
        {.id = id, .follows = id - 1, .at = runtime::WallTime(hours(id)), .note = {}});
  }
  journal.start = {.first_id = 1'000'001, .follows = 3};
  board_.KeepIn(journal);
  EXPECT_EQ(Ids(board_.EventsAfter(0, 10)), "1 2 3 ") << "before anything has happened";
  board_.Record({}, runtime::WallTime(hours(4)));
  board_.Record({}, runtime::WallTime(hours(5)));
  EXPECT_EQ(Ids(board_.EventsAfter(0, 2)), "1 2 ");
  EXPECT_EQ(Ids(board_.EventsAfter(2, 10)), "3 ");
  EXPECT_EQ(Ids(board_.EventsAfter(3, 10)), "1000001 1000002 ");
  EXPECT_EQ(Ids(board_.EventsAfter(1'000'001, 10)), "1000002 ");
  EXPECT_EQ(Ids(board_.EventsAfter(1'000'002, 10)), "");
  EXPECT_EQ(board_.EventsSince(runtime::WallTime(hours(2))), 1U);
  EXPECT_EQ(board_.EventsSince(runtime::WallTime(hours(5))), 1'000'001U);
  EXPECT_EQ(board_.EventsSince(runtime::WallTime(hours(9))), 1'000'002U);
  EXPECT_EQ(board_.Status().journal.entries, 5U);
}

// An event that the journal has dropped, or not yet written, is still in memory.
TEST_F(StatusBoardTest, WhatTheJournalLacksIsFoundInMemory) {
  MemoryJournal journal;
  board_.KeepIn(journal);
  board_.Record({}, runtime::WallTime(std::chrono::hours(4)));
  journal.events.clear();
  EXPECT_EQ(Ids(board_.EventsAfter(0, 10)), "1 ");
  EXPECT_EQ(board_.EventsSince(runtime::WallTime(std::chrono::hours(1))), 0U);
}

}  // namespace
}  // namespace fairlead::controller
