// MemoryEngine: a docker::Engine with state and no socket, that misbehaves on request.
//
// For tests of the controller: containers are added, changed and removed by the test; subscribers
// get the events that a real engine would send; calls can be made to fail or to hang.
// Threads: everything on the loop that runs the coroutines.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "docker/engine.h"

namespace fairlead::test {

class MemoryEngine : public docker::Engine {
 public:
  explicit MemoryEngine(boost::asio::io_context& loop) : loop_(loop) {}

  // State, as the engine's owner changes it.
  void Put(ContainerFacts facts,
           const std::string& action = "start");  // adds or replaces, and tells
  void PutSilently(ContainerFacts facts) { containers_[facts.id] = std::move(facts); }
  void Remove(const ContainerId& id, bool tell = true);
  void Emit(docker::EngineEvent event);
  void EndStreams();        // EOF on every subscription
  void SetAway(bool away);  // everything fails with kUnavailable
  void FailInspect(const ContainerId& id) { failing_inspects_.insert(id); }
  // Streams stay open and calls are accepted, and nothing is answered any more.
  void SetFrozen(bool frozen) { is_frozen_ = frozen; }
  // Streams stay open and tell nothing; all else goes on.
  void SetStreamsSilent(bool silent) { are_streams_silent_ = silent; }
  // Another process, which remembers no event; the containers live on.
  void Restart();
  void StepClock(std::int64_t nanoseconds) { clock_ns_ += nanoseconds; }
  std::int64_t clock_ns() const { return clock_ns_; }

  void ShowProcess(std::int32_t pid) { process_ = pid; }

  // What was asked of the engine.
  int hellos = 0;
  int lists = 0;
  int running_lists = 0;
  int inspects = 0;
  int inspects_at_once = 0;
  int calls_at_once = 0;              // all kinds together, the most so far
  std::int64_t since_ns = 0;          // of the last subscription
  std::vector<std::string> acts;      // "restart c1", "stop c1"
  std::function<void()> before_list;  // runs while a list call is being answered
  Result<> act_outcome;               // what acts answer

  docker::asio::awaitable<Result<docker::EngineInfo>> Hello() override;
  docker::asio::awaitable<Result<>> Ping() override;
  docker::asio::awaitable<Result<std::vector<docker::ContainerSummary>>> List() override;
  docker::asio::awaitable<Result<std::vector<docker::RunningContainer>>> ListRunning() override;
  docker::asio::awaitable<Result<ContainerFacts>> Inspect(ContainerId id) override;
  docker::asio::awaitable<Result<ContainerFacts>> Find(std::string name) override;
  docker::asio::awaitable<Result<>> Events(
      std::int64_t since_ns, std::function<void()> on_open,
      std::function<void(docker::EngineEvent)> on_event) override;
  docker::asio::awaitable<Result<>> Stop(ContainerId id, std::optional<Duration>,
                                         Duration) override;
  docker::asio::awaitable<Result<>> Restart(ContainerId id, std::optional<Duration>,
                                            Duration) override;
  docker::asio::awaitable<Result<>> Start(ContainerId id) override;
  docker::asio::awaitable<Result<>> Kill(ContainerId id, std::string signal) override;

 private:
  struct Stream {
    std::function<void(docker::EngineEvent)> on_event;
    boost::asio::steady_timer ended;
  };
  // Lets other work run between question and answer. False for one that is never answered.
  docker::asio::awaitable<bool> Yield();
  docker::asio::awaitable<Result<>> Act(std::string verb, ContainerId id);

  boost::asio::io_context& loop_;
  std::map<ContainerId, ContainerFacts> containers_;
  std::list<std::shared_ptr<Stream>> streams_;
  std::deque<docker::EngineEvent> history_;  // the newest 256
  std::set<ContainerId> failing_inspects_;
  bool away_ = false;
  bool is_frozen_ = false;
  bool are_streams_silent_ = false;
  std::int32_t process_ = 0;  // 0: not to be seen
  int calls_ = 0;
  std::int64_t clock_ns_ = 1'000'000'000;
  int inspects_running_ = 0;
};

// A running, opted-in container of service "user-service.shop" with one network address.
ContainerFacts RunningContainer(const std::string& id, int number);

}  // namespace fairlead::test
