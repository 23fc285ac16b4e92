// Real processes, in a cgroup that is named like a container's and made by the test.
#include "pidwatch/pid_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/io_thread.h"
#include "support/cgroups.h"

namespace fairlead::pidwatch {
namespace {

using namespace std::chrono_literals;

const std::string kContainer = std::string(56, 'f') + "01234567";

using fairlead::testing::Freezer;

// Processes of a container; they end with it.
class Container {
 public:
  ~Container() {
    for (const pid_t pid : children_) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }

  bool is_there() const { return group_.is_there(); }

  // A process in the group that does nothing until it is killed.
  pid_t Start() {
    const pid_t pid = fork();
    if (pid == 0) {
      for (;;) pause();
    }
    group_.Add(pid);
    children_.push_back(pid);
    return pid;
  }

  // Reaps it, so that its number is nobody's.
  void Reap(pid_t pid) {
    waitpid(pid, nullptr, 0);
    std::erase(children_, pid);
  }

 private:
  fairlead::testing::ContainerGroup group_{kContainer};
  std::vector<pid_t> children_;
};

// What the watch told, from its loop to the test.
class Heard {
 public:
  void Exited(const Generation& generation) {
    const std::lock_guard lock(mutex_);
    exited_.push_back(generation);
    changed_.notify_all();
  }
  void Told(const Support& support) {
    const std::lock_guard lock(mutex_);
    told_.push_back(support);
    changed_.notify_all();
  }
  bool WaitExits(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return exited_.size() >= count; });
  }
  std::vector<Generation> exited() {
    const std::lock_guard lock(mutex_);
    return exited_;
  }
  std::vector<Support> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Generation> exited_;
  std::vector<Support> told_;
};

Generation Life(int number) {
  return {.id = ContainerId(kContainer), .started_at = "life-" + std::to_string(number)};
}

class PidWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!group_.is_there()) GTEST_SKIP() << "no cgroup can be made here: run as root";
  }
  ~PidWatchTest() override {
    loop_.RunAndWait([this] { watch_.reset(); });
    loop_.Stop();
  }
  // Until the loop has done what was asked of it.
  void Settle() {
    loop_.RunAndWait([] {});
  }

  Container group_;
  Heard heard_;
  runtime::IoThread loop_{"pidwatch"};
  std::unique_ptr<PidWatch> watch_ = std::make_unique<PidWatch>(
      loop_.context(), [this](const Generation& generation) { heard_.Exited(generation); },
      [this](const Support& support) { heard_.Told(support); });
};

TEST_F(PidWatchTest, TellsTheEndOfAProcessOnceAndThatItCan) {
  const pid_t pid = group_.Start();
  watch_->Begin(Life(1), pid);
  watch_->Begin(Life(1), pid);
  Settle();
  EXPECT_TRUE(heard_.exited().empty());
  ASSERT_EQ(heard_.told().size(), 1U);
  EXPECT_EQ(heard_.told().front().state, Support::State::kOn);
  kill(pid, SIGKILL);
  ASSERT_TRUE(heard_.WaitExits(1));
  Settle();
  EXPECT_EQ(heard_.exited(), std::vector<Generation>{Life(1)});
}

TEST_F(PidWatchTest, TellsEachOfManyAndNoneThatIsNoLongerWatched) {
  constexpr int kMany = 50;
  std::vector<pid_t> pids;
  for (int i = 0; i < kMany; ++i) {
    pids.push_back(group_.Start());
    watch_->Begin(Life(i), pids.back());
  }
  watch_->End(Life(7));
  Settle();
  for (const pid_t pid : pids) kill(pid, SIGKILL);
  ASSERT_TRUE(heard_.WaitExits(kMany - 1));
  Settle();
  const std::vector<Generation> exited = heard_.exited();
  EXPECT_EQ(exited.size(), kMany - 1U);
  EXPECT_EQ(std::count(exited.begin(), exited.end(), Life(7)), 0);
}

TEST_F(PidWatchTest, WhatIsGoneBeforeItIsWatchedIsToldOnceItIsKnownThatOthersCanBeSeen) {
  watch_->Begin(Life(1), group_.Start());
  const pid_t gone = group_.Start();
  kill(gone, SIGKILL);
  group_.Reap(gone);
  watch_->Begin(Life(2), gone);
  ASSERT_TRUE(heard_.WaitExits(1));
  EXPECT_EQ(heard_.exited(), std::vector<Generation>{Life(2)});
}

TEST_F(PidWatchTest, AProcessOfAnotherContainerIsNeverTakenForThisOne) {
  const Generation other{.id = ContainerId(std::string(64, 'a')), .started_at = "life-1"};
  const pid_t pid = group_.Start();
  watch_->Begin(other, pid);
  Settle();
  ASSERT_EQ(heard_.told().size(), 1U);
  EXPECT_EQ(heard_.told().front().state, Support::State::kOff);
  EXPECT_NE(heard_.told().front().reason.find("--pid=host"), std::string::npos);
  // The first that can be seen proves the opposite.
  watch_->Begin(Life(1), pid);
  Settle();
  EXPECT_EQ(heard_.told().back(), (Support{.state = Support::State::kOn, .reason = ""}));
  kill(pid, SIGKILL);
  ASSERT_TRUE(heard_.WaitExits(1));
  Settle();
  EXPECT_EQ(heard_.exited(), std::vector<Generation>{Life(1)});
}

// A frozen process cannot end, whatever it was sent, so it dies for as long as the test likes.
TEST_F(PidWatchTest, OneEndShowsWhoElseWasKilledBeforeTheyHaveEnded) {
  Freezer freezer;
  if (!freezer.is_there()) GTEST_SKIP() << "no cgroup v1 freezer: there a frozen process ends";
  const pid_t first = group_.Start();
  const pid_t unharmed = group_.Start();
  const pid_t dying = group_.Start();
  watch_->Begin(Life(1), first);
  watch_->Begin(Life(2), unharmed);
  watch_->Begin(Life(3), dying);
  Settle();
  freezer.Add(dying);
  freezer.Freeze();
  kill(dying, SIGKILL);
  Settle();
  EXPECT_TRUE(heard_.exited().empty()) << "nobody was looked at yet";
  kill(first, SIGKILL);
  ASSERT_TRUE(heard_.WaitExits(2));
  EXPECT_EQ(heard_.exited(), (std::vector<Generation>{Life(1), Life(3)}));
  EXPECT_EQ(waitpid(dying, nullptr, WNOHANG), 0) << "it has not ended";
  freezer.Thaw();
  group_.Reap(dying);
  Settle();
  EXPECT_EQ(heard_.exited().size(), 2U) << "an end is told once";
}

TEST_F(PidWatchTest, WithoutSightOfTheProcessesItSaysSoAndTellsNoEnd) {
  watch_->Begin(Life(1), 0x7ffffff0);
  watch_->Begin(Life(2), 0);
  watch_->Begin(Life(3), -1);
  watch_->Begin(Life(4), std::int64_t{1} << 40);
  Settle();
  ASSERT_EQ(heard_.told().size(), 1U);
  EXPECT_EQ(heard_.told().front().state, Support::State::kOff);
  EXPECT_TRUE(heard_.exited().empty());
}

}  // namespace
}  // namespace fairlead::pidwatch
