#include "controller/caller_cutter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

// A cutter on a loop of the test's, whose looks find what the test says.
class CallerCutterTest : public ::testing::Test {
 protected:
  // Runs until the order is answered; fails after five seconds.
  fleet::CallersCut Answer(const std::string& id = "c1") {
    cutter_.Take({.generation = {ContainerId(id), "t1"}, .pid = 1, .ip = "", .port = 50051});
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (told_.empty() && std::chrono::steady_clock::now() < deadline) loop_.run_one_for(10ms);
    if (told_.size() != 1) ADD_FAILURE() << told_.size() << " answers";
    loop_.run();  // returns when nothing is left to do
    loop_.restart();
    EXPECT_LE(told_.size(), 1U) << "answered twice";
    return told_.empty() ? fleet::CallersCut{} : std::exchange(told_, {}).front();
  }

  boost::asio::io_context loop_{1};
  std::deque<Result<CutCount>> finds_;  // of the looks to come; the last stays
  int looks_ = 0;
  int begun_ = 0;
  std::vector<fleet::CallersCut> told_;
  CallerCutter cutter_{loop_,
                       [this](const fleet::CutCallers&) {
                         ++begun_;
                         return [this] {
                           ++looks_;
                           const Result<CutCount> found = finds_.front();
                           if (finds_.size() > 1) finds_.pop_front();
                           return found;
                         };
                       },
                       [this](fleet::CallersCut cut) { told_.push_back(std::move(cut)); }};
};

TEST_F(CallerCutterTest, WhatIsClearAtTheFirstLookIsToldAtOnce) {
  finds_ = {CutCount{.reset = 3, .left = 1}};
  const fleet::CallersCut cut = Answer();
  EXPECT_EQ(cut.generation.id.value, "c1");
  EXPECT_EQ(cut.reset, 3);
  EXPECT_EQ(cut.left, 1);
  EXPECT_TRUE(cut.outcome);
  EXPECT_EQ(looks_, 1);
}

TEST_F(CallerCutterTest, LooksAgainWhileOneIsUndecidedAndAddsUpWhatWasReset) {
  finds_ = {CutCount{.reset = 1, .undecided = 2}, CutCount{.undecided = 2}, CutCount{.reset = 2}};
  const fleet::CallersCut cut = Answer();
  EXPECT_EQ(cut.reset, 3);
  EXPECT_EQ(cut.left, 0);
  EXPECT_EQ(looks_, 3);
  EXPECT_EQ(begun_, 1) << "the looks of one order share what they have seen";
}

TEST_F(CallerCutterTest, WhoStillGetsAnswersIsLeftAfterAWhile) {
  finds_ = {CutCount{.undecided = 2, .left = 1}};
  const fleet::CallersCut cut = Answer();
  EXPECT_EQ(cut.left, 3);
  EXPECT_EQ(looks_, kCutLooksMax);
}

TEST_F(CallerCutterTest, WhatCannotBeDoneIsTold) {
  finds_ = {Fail(Code::kPermissionDenied, "reset connection: no NET_ADMIN")};
  EXPECT_EQ(Answer().outcome.error().code, Code::kPermissionDenied);
}

TEST_F(CallerCutterTest, AReplicaThatIsGoneHasNoCallers) {
  finds_ = {Fail(Code::kNotFound, "enter container: gone")};
  EXPECT_TRUE(Answer().outcome);
}

TEST_F(CallerCutterTest, AnErrorAfterAResetDoesNotHideIt) {
  finds_ = {CutCount{.reset = 2, .undecided = 1}, Fail(Code::kInternal, "ask sock_diag")};
  const fleet::CallersCut cut = Answer();
  EXPECT_EQ(cut.reset, 2);
  EXPECT_TRUE(cut.outcome);
}

}  // namespace
}  // namespace fairlead::controller
