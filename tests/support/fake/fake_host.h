// FakeHost: the containers behind a fake engine: their states, what happens to them, and the events
// that this raises, in the order in which Docker raises them.
//
// Why apart from the HTTP half: a test changes the world here, as people, kernels and restart
// policies do; FakeEngine only shows it. The order of events is the one measured on Engine 20.10:
//   stop            kill(15), die, stop; TERM ignored: kill(15), kill(9), die(137), stop
//   restart         kill, die, stop, start, restart; of a stopped one: start, restart
//   kill            kill, die                       paused: kill, unpause, die ...
//   rm -f           kill, die, destroy              OOM: oom, die(137)
//   policy restart  die, start; a stop in the back-off: stop alone
// Threads: the context's loop only. An engine's second may be made shorter (`second`).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/fake/fake_container.h"
#include "support/fake/fake_event.h"

namespace fairlead::test {

class FakeHost {
 public:
  using Duration = std::chrono::nanoseconds;

  FakeHost(boost::asio::io_context& context, std::function<void(FakeEvent)> on_event)
      : context_(context), on_event_(std::move(on_event)) {}

  // --- the world, as a test changes it; each raises its events at once ---
  // A new container in state "created"; its id. No event: use Create for one with.
  std::string Add(const std::string& name, std::map<std::string, std::string> labels);
  std::string Create(const std::string& name, std::map<std::string, std::string> labels);
  void Start(const std::string& id);
  void Exit(const std::string& id, int exit_code);  // the process ends; its policy may restart it
  void Oom(const std::string& id);
  void Pause(const std::string& id);
  void Unpause(const std::string& id);
  void Rename(const std::string& id, const std::string& name);
  void Remove(const std::string& id);  // as rm -f
  // As `docker stop` and `docker restart` of somebody else; ends later by itself.
  void StopByOthers(const std::string& id, int timeout_s);
  void RestartByOthers(const std::string& id, int timeout_s);
  void Connect(const std::string& id, FakeNetwork network);
  void Disconnect(const std::string& id, const std::string& network);
  void SetHealth(const std::string& id, const std::string& health);
  // One event about a container that changes nothing: exec_create, update, a forged one ...
  void Emit(const std::string& id, const std::string& action,
            std::map<std::string, std::string> attributes = {});

  // REQUIRES: the container exists.
  FakeContainer& At(const std::string& id) { return containers_.at(id); }
  bool Has(const std::string& id) const { return containers_.contains(id); }
  const std::map<std::string, FakeContainer>& containers() const { return containers_; }

  // --- the API's acts; HTTP status and complaint ---
  struct Outcome {
    int status = 204;
    std::string complaint;
  };
  // `hung_up` is asked while a stop waits: true kills at once, as engines 23.0.0 to 23.0.6 do.
  boost::asio::awaitable<Outcome> Act(std::string id, std::string verb,
                                      std::optional<int> timeout_s, std::string signal);
  boost::asio::awaitable<void> Stop(std::string id, std::optional<int> timeout_s);
  // Ends a stop's wait for the process with a SIGKILL.
  void Hasten(const std::string& id);

  // --- the engine's life ---
  // Kills and stops everything, as a dockerd that is told to end does.
  void StopAll();
  // While silenced, what happens raises no event and no policy acts: nobody is there to do it.
  void set_is_silent(bool is_silent) { is_silent_ = is_silent; }
  // What a dockerd does at its start: `always` comes back whoever stopped it, `unless-stopped` only
  // if nobody did.
  void StartPolicies();

  std::int64_t now_ns() const;
  std::string now_text() const;
  // Moves the engine's wall clock, as an NTP step or a person would.
  void StepClock(Duration by) { clock_offset_ += by; }
  // How long a second of the engine's waiting lasts: stop timeouts and back-offs.
  void set_second(Duration second) { second_ = second; }
  // Podman tells of a restart before it begins, Docker when it is done.
  void set_tells_restart_first(bool tells) { tells_restart_first_ = tells; }

 private:
  void Tell(const FakeContainer& container, const std::string& action,
            std::map<std::string, std::string> attributes = {}, bool is_of_stop = false);
  void TellNetwork(const FakeContainer& container, const FakeNetwork& network,
                   const std::string& action);
  void Signal(FakeContainer& container, const std::string& signal, bool is_of_stop = false);
  void Die(const std::string& id, int exit_code);
  bool WillRestart(const FakeContainer& container) const;
  boost::asio::awaitable<void> RestartLater(std::string id, Duration after);
  boost::asio::awaitable<void> WaitUntilDead(const std::string& id, Duration at_most);
  boost::asio::awaitable<Outcome> Kill(const std::string& id, std::string signal);
  boost::asio::awaitable<void> Pass(Duration time);

  boost::asio::io_context& context_;
  const std::function<void(FakeEvent)> on_event_;
  std::map<std::string, FakeContainer> containers_;
  std::map<std::string, bool> hastened_;
  std::uint64_t added_ = 0;
  bool is_silent_ = false;
  bool tells_restart_first_ = false;
  Duration clock_offset_{};
  Duration second_ = std::chrono::seconds(1);
};

}  // namespace fairlead::test
