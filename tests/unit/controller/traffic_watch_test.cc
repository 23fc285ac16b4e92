#include "controller/traffic_watch.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fairlead::controller {
namespace {

using namespace std::chrono_literals;

// A watch on a loop of the test's.
class TrafficWatchTest : public ::testing::Test {
 protected:
  static Generation Life(const std::string& id) { return {ContainerId(id), "t1"}; }

  void Begin(const std::string& id) {
    watch_.Take(fleet::BeginTrafficWatch{
        .generation = Life(id), .pid = 1, .ip = "172.31.0.2", .port = 50051});
  }
  void End(const std::string& id) { watch_.Take(fleet::EndTrafficWatch{Life(id)}); }

  // Runs the loop until `looks` counts were taken; fails after five seconds.
  void UntilLooks(std::size_t looks) {
    const auto deadline = std::chrono::steady_clock::now() + 5s;
    while (looks_.size() < looks) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << looks_.size() << " looks";
      loop_.run_one_for(10ms);
    }
  }

  boost::asio::io_context loop_{1};
  Result<int> callers_ = 2;  // what counting says
  std::vector<std::string> looks_;
  std::vector<int> observed_;
  TrafficWatch watch_{loop_,
                      [this](const fleet::BeginTrafficWatch& target) {
                        looks_.push_back(target.generation.id.value);
                        return callers_;
                      },
                      [this](const fleet::TrafficObserved& observed) {
                        observed_.push_back(observed.client_connections);
                      }};
};

TEST_F(TrafficWatchTest, LooksAtOnceAndTellsEachCount) {
  Begin("c1");
  loop_.poll();
  EXPECT_EQ(observed_, std::vector{2});
  callers_ = 0;
  UntilLooks(2);
  EXPECT_EQ(observed_, (std::vector{2, 0}));
  End("c1");
  loop_.run();
}

TEST_F(TrafficWatchTest, LooksNoMoreWhenTheLastTargetHasEnded) {
  Begin("c1");
  Begin("c2");
  UntilLooks(3);
  EXPECT_EQ(std::vector(looks_.begin(), looks_.begin() + 3),
            (std::vector<std::string>{"c1", "c1", "c2"}));
  End("c1");
  End("c2");
  loop_.run();  // returns when nothing is left to do: no timer, no look
  EXPECT_EQ(looks_.size(), 3U);
  loop_.restart();
  Begin("c3");
  loop_.poll();
  EXPECT_EQ(looks_.back(), "c3");
}

TEST_F(TrafficWatchTest, DoesNothingWithoutATarget) {
  End("c1");
  loop_.run();
  EXPECT_TRUE(looks_.empty());
}

TEST_F(TrafficWatchTest, WhatCannotBeCountedIsNotToldAndTriedAgain) {
  callers_ = Fail(Code::kPermissionDenied, "count connections: no capability");
  Begin("c1");
  UntilLooks(2);
  EXPECT_TRUE(observed_.empty());
  callers_ = 1;
  UntilLooks(3);
  EXPECT_EQ(observed_, std::vector{1});
}

}  // namespace
}  // namespace fairlead::controller
