#include "runtime/io_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace fairlead::runtime {
namespace {

TEST(IoThread, RunsWorkOnItsOwnThreadAndWaitsForIt) {
  IoThread loop("a-very-long-thread-name");
  std::thread::id where;
  std::array<char, 16> name{};
  loop.RunAndWait([&] {
    where = std::this_thread::get_id();
    pthread_getname_np(pthread_self(), name.data(), name.size());
  });
  EXPECT_NE(where, std::this_thread::get_id());
  EXPECT_NE(where, std::thread::id());
  EXPECT_EQ(std::string(name.data()), "a-very-long-thr");
}

TEST(IoThread, RunsPostedWorkInOrder) {
  IoThread loop("test");
  std::vector<int> ran;
  for (int i = 0; i < 100; ++i) loop.Post([&ran, i] { ran.push_back(i); });
  loop.RunAndWait([&] { ran.push_back(100); });
  ASSERT_EQ(ran.size(), 101U);
  for (int i = 0; i <= 100; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(IoThread, StoppingTwiceIsStoppingOnce) {
  IoThread loop("test");
  loop.Stop();
  loop.Stop();
}

TEST(IoThread, WorkPostedAfterItsEndIsDestroyedUnrun) {
  const auto token = std::make_shared<int>(0);
  {
    IoThread loop("test");
    loop.Stop();
    loop.Post([token] { ++*token; });
    EXPECT_EQ(token.use_count(), 2);
  }
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(*token, 0);
}

TEST(IoThread, StopWaitsForTheWorkThatRuns) {
  IoThread loop("test");
  std::promise<void> began;
  std::promise<void> go_on;
  bool is_done = false;
  loop.Post([&] {
    began.set_value();
    go_on.get_future().wait();
    is_done = true;
  });
  began.get_future().wait();
  std::thread releaser([&] { go_on.set_value(); });
  loop.Stop();
  EXPECT_TRUE(is_done);
  releaser.join();
}

}  // namespace
}  // namespace fairlead::runtime
