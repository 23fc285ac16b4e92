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
                     }};
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

}  // namespace
}  // namespace fairlead::controller
