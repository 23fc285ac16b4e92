#include "controller/caller_count.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "controller/status_board.h"

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

const ServiceName kUser{.project = "shop", .service = "user"};
const Generation kLife{ContainerId("c1"), "t1"};

TimePoint At(Duration when) {
  return TimePoint(1h + when);
}

class CallerCountTest : public ::testing::Test {
 protected:
  // What the core says of the service.
  void Report(std::uint64_t revision, std::uint64_t adopted, bool in_rotation = false) {
    auto report = std::make_shared<fleet::ServiceReport>();
    report->name = kUser;
    report->revision = revision;
    report->adopted_revision = adopted;
    fleet::ReplicaReport& replica = report->replicas.emplace_back();
    replica.generation = kLife;
    replica.in_rotation = in_rotation;
    board_.SetService(kUser, report);
  }
  // The count, or the code of the error.
  std::string Count(Duration when) {
    const Result<int> callers = count_.Count({.generation = kLife}, At(when));
    return callers ? std::to_string(*callers) : std::string(CodeName(callers.error().code));
  }

  StatusBoard board_{DaemonStatus{}, nullptr, nullptr, nullptr};
  Result<int> kernel_ = Fail(Code::kPermissionDenied, "enter the namespace");
  bool is_quiet_ = true;          // what the clients' reports say
  std::vector<TimePoint> asked_;  // since when
  CallerCount count_{[this](const fleet::BeginTrafficWatch&) { return kernel_; }, board_,
                     [this](const ServiceName& service, TimePoint since) {
                       EXPECT_EQ(service, kUser);
                       asked_.push_back(since);
                       return is_quiet_;
                     }};
};

TEST_F(CallerCountTest, TheKernelsWordIsTheLastWhereItCanBeAsked) {
  Report(7, 7);
  kernel_ = 2;
  EXPECT_EQ(Count(0s), "2");
  EXPECT_TRUE(asked_.empty());
}

TEST_F(CallerCountTest, WithoutItReportsAreHeardThatCameAfterTheAdoption) {
  Report(7, 6);
  EXPECT_EQ(Count(0s), "PERMISSION_DENIED") << "not adopted";
  Report(7, 7, /*in_rotation=*/true);
  EXPECT_EQ(Count(1s), "PERMISSION_DENIED") << "still told to callers";
  EXPECT_TRUE(asked_.empty());
  Report(7, 7);
  is_quiet_ = false;
  EXPECT_EQ(Count(2s), "PERMISSION_DENIED");
  is_quiet_ = true;
  EXPECT_EQ(Count(3s), "0");
  EXPECT_EQ(asked_, (std::vector{At(2s), At(2s)}));
}

TEST_F(CallerCountTest, ALaterListBeginsTheWaitAnew) {
  Report(7, 7);
  is_quiet_ = false;
  Count(0s);
  Report(8, 8);
  Count(1s);
  Report(9, 8);
  Count(2s);
  Report(9, 9);
  Count(3s);
  EXPECT_EQ(asked_, (std::vector{At(0s), At(1s), At(3s)}));
}

TEST_F(CallerCountTest, WhatWasNotAskedAboutForLongIsForgotten) {
  Report(7, 7);
  Count(0s);
  Count(11s);
  EXPECT_EQ(asked_, (std::vector{At(0s), At(11s)}));
}

TEST_F(CallerCountTest, OfAReplicaThatNobodyKnowsNothingIsTold) {
  EXPECT_EQ(Count(0s), "PERMISSION_DENIED");
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace fairlead::controller
