#include "runtime/event_loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/clock.h"
#include "runtime/loop_thread.h"

namespace fairlead::runtime {
namespace {

using namespace std::chrono_literals;

// Two connected sockets.
struct Pair {
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  ~Pair() {
    for (const int end : ends) close(end);
  }
  void Say() const { EXPECT_EQ(write(ends[1], "x", 1), 1); }

  std::array<int, 2> ends{};
};

class Calls final : public Watcher {
 public:
  explicit Calls(std::function<void()> call) : call_(std::move(call)) {}
  void OnReady(std::uint32_t events) override {
    last = events;
    call_();
  }
  std::uint32_t last = 0;

 private:
  const std::function<void()> call_;
};

TEST(EventLoop, AWatcherHearsOfItsSocketAndOnAnEdgeOnce) {
  EventLoop loop;
  const Pair pair;
  int heard = 0;
  Calls watcher([&] {
    ++heard;
    loop.Post([&] { loop.Stop(); });
  });
  auto watch = loop.Add(pair.ends[0], EPOLLIN | EPOLLET, watcher);
  ASSERT_TRUE(watch);
  pair.Say();
  loop.Run();
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(watcher.last, static_cast<std::uint32_t>(EPOLLIN));
  loop.Remove(*watch);
  EXPECT_EQ(watch->fd, -1);
}

TEST(EventLoop, AWatcherRemovedInTheSameTurnIsNotCalled) {
  EventLoop loop;
  const Pair first;
  const Pair second;
  int heard = 0;
  std::array<EventLoop::Watch, 2> watches;
  Calls one([&] {
    ++heard;
    loop.Remove(watches[0]);
    loop.Remove(watches[1]);
    loop.Post([&] { loop.Stop(); });
  });
  Calls other = one;
  watches[0] = *loop.Add(first.ends[0], EPOLLIN, one);
  watches[1] = *loop.Add(second.ends[0], EPOLLIN, other);
  first.Say();
  second.Say();
  loop.Run();
  EXPECT_EQ(heard, 1);
}

TEST(EventLoop, APlaceThatIsTakenAnewInTheSameTurnHearsNothingOld) {
  EventLoop loop;
  const Pair first;
  const Pair second;
  const Pair third;
  int heard_new = 0;
  std::array<EventLoop::Watch, 2> watches;
  EventLoop::Watch added;
  Calls fresh([&] { ++heard_new; });
  Calls one([&] {
    if (added.fd >= 0) return;
    loop.Remove(watches[0]);
    loop.Remove(watches[1]);
    added = *loop.Add(third.ends[0], EPOLLIN, fresh);
    loop.Post([&] { loop.Stop(); });
  });
  Calls other = one;
  watches[0] = *loop.Add(first.ends[0], EPOLLIN, one);
  watches[1] = *loop.Add(second.ends[0], EPOLLIN, other);
  first.Say();
  second.Say();
  loop.Run();
  EXPECT_EQ(heard_new, 0);
}

TEST(EventLoop, ADescriptorThatCannotBeWatchedIsAnError) {
  EventLoop loop;
  Calls watcher([] {});
  EXPECT_FALSE(loop.Add(-1, EPOLLIN, watcher));
}

TEST(EventLoop, TimersComeInTheirOrderAndNeverEarly) {
  EventLoop loop;
  std::vector<int> order;
  const TimePoint start = Now();
  LoopTimer last(loop, [&] {
    order.push_back(3);
    EXPECT_GE(Now(), start + 9ms);
    loop.Stop();
  });
  LoopTimer first(loop, [&] {
    order.push_back(1);
    EXPECT_GE(Now(), start + 3ms);
  });
  LoopTimer second(loop, [&] { order.push_back(2); });
  LoopTimer cancelled(loop, [&] { order.push_back(0); });
  last.Set(start + 9ms);
  first.Set(start + 1h);
  first.Set(start + 3ms);
  second.Set(start + 6ms);
  cancelled.Set(start + 1ms);
  cancelled.Cancel();
  loop.Run();
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(EventLoop, APatientTimerGoesWithATurnThatComesAnywayAndElseWaits) {
  EventLoop loop;
  const TimePoint start = Now();
  TimePoint came;
  LoopTimer patient(loop, [&] { came = Now(); });
  LoopTimer last(loop, [&] { loop.Stop(); });
  patient.Set(start, 1h);
  loop.Post([] {});  // a turn
  last.Set(start + 3ms);
  loop.Run();
  EXPECT_LT(came, start + 1h);
  EXPECT_GE(came, start);

  EventLoop idle;
  LoopTimer alone(idle, [&] { idle.Stop(); });
  const TimePoint begun = Now();
  alone.Set(begun + 1ms, 5ms);
  idle.Run();
  EXPECT_GE(Now(), begun + 6ms);
}

TEST(EventLoop, ATimerMaySetItselfAnewAndDestroyAnother) {
  EventLoop loop;
  int ticks = 0;
  auto victim = std::make_unique<LoopTimer>(loop, [&] { ADD_FAILURE() << "it is gone"; });
  std::unique_ptr<LoopTimer> ticker;
  ticker = std::make_unique<LoopTimer>(loop, [&] {
    victim.reset();
    if (++ticks < 3) return ticker->Set(Now() - 1ms);
    ticker.reset();
    loop.Stop();
  });
  const TimePoint past = Now() - 1s;
  ticker->Set(past);
  victim->Set(past + 1us);
  loop.Run();
  EXPECT_EQ(ticks, 3);
}

TEST(EventLoop, ATimerThatIsAlwaysDueStarvesNobody) {
  EventLoop loop;
  const Pair pair;
  bool was_heard = false;
  bool has_run = false;
  Calls watcher([&] { was_heard = true; });
  EventLoop::Watch watch = *loop.Add(pair.ends[0], EPOLLIN | EPOLLET, watcher);
  std::unique_ptr<LoopTimer> busy;
  busy = std::make_unique<LoopTimer>(loop, [&] {
    busy->Set(TimePoint{});
    if (was_heard && has_run) loop.Stop();
  });
  busy->Set(TimePoint{});
  loop.Post([&] { pair.Say(); });
  loop.Post([&] { has_run = true; });
  loop.Run();
  loop.Remove(watch);
}

TEST(EventLoop, WorkThatPostsItselfStarvesNoTimer) {
  EventLoop loop;
  LoopTimer timer(loop, [&] { loop.Stop(); });
  timer.Set(Now() + 1ms);
  std::function<void()> again = [&] { loop.Post(again); };
  again();
  loop.Run();
}

TEST(EventLoop, WorkOfManyThreadsRunsOnceEachAndWakesASleepingLoop) {
  LoopThread thread("loop-test");
  std::atomic<int> count = 0;
  {
    std::vector<std::jthread> posters;
    for (int i = 0; i < 4; ++i) {
      posters.emplace_back([&] {
        for (int k = 0; k < 1'000; ++k) thread.Post([&] { ++count; });
      });
    }
  }
  thread.RunAndWait([] {});
  EXPECT_EQ(count, 4'000);
}

TEST(EventLoop, WorkLeftAtTheEndIsDestroyedUnrunAndMayPostMore) {
  const auto token = std::make_shared<int>(0);
  {
    EventLoop loop;
    const std::shared_ptr<void> poster(nullptr,
                                       [&loop, token](void*) { loop.Post([token] { ++*token; }); });
    loop.Post([token, poster] { ++*token; });
    loop.Stop();
    loop.Run();
  }
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(*token, 0);
}

TEST(LoopThread, StopsWhileItSleepsAndTwiceIsOnce) {
  LoopThread thread("a-very-long-thread-name");
  thread.RunAndWait([] {});
  thread.Stop();
  thread.Stop();
  thread.Post([] { ADD_FAILURE() << "after the end"; });
}

}  // namespace
}  // namespace fairlead::runtime
