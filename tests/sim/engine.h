// SimEngine: a Docker Engine and its containers in virtual time, that fails as engines do.
//
// Why a third one beside MemoryEngine and FakeEngine: those are asked through Asio, whose timers
// know the real clock only. This one keeps the same behaviour (what a stop, a restart, a crash and
// a shutdown tell and leave) in callbacks on a Timeline.
// Files: engine.cc (calls, events, the engine's own ends), engine_acts.cc (what happens to
// containers).
// Threads: none.
// Invariant: every call is answered once: in time, with its deadline, or when the engine ends.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "docker/engine.h"
#include "fleet/ledger.h"
#include "sim/chance.h"
#include "sim/container.h"
#include "sim/fault_plan.h"
#include "sim/timeline.h"
#include "sim/trace.h"

namespace fairlead::sim {

// Hears what happens to containers at the moment at which it does, engine or no engine.
class EngineWitness {
 public:
  virtual ~EngineWitness() = default;
  virtual void OnProcessEnded(const SimContainer& container) = 0;
  virtual void OnOurActServed(fleet::ActId act, fleet::ActKind kind, SimContainer& container) = 0;
};

// Where everybody serves; who lives in another's network does so at the next.
inline constexpr std::uint16_t kPort = 50051;
inline constexpr std::uint16_t kLodgerPort = 50052;

class SimEngine {
 public:
  SimEngine(Timeline& timeline, Trace& trace, Chance chance, FaultRates rates);
  void SetWitness(EngineWitness* witness) { witness_ = witness; }

  // --- what the host is
  // The wall clock of host and engine alike.
  std::int64_t WallNs() const {
    return wall_offset_ns_ + timeline_.now().time_since_epoch().count();
  }
  void JumpClock(Duration by) {
    wall_offset_ns_ += by.count();
    is_clock_set_ = true;
  }
  const std::map<ContainerId, SimContainer>& containers() const { return containers_; }
  // Some of what it remembers is of the future: the clock was set back since.
  bool is_clock_doubtful() const;
  SimContainer* Find(const ContainerId& id);
  // Who answers at this address; null: nobody.
  const SimContainer* At(const std::string& ip) const;
  // Who is reached at this address and port; null: nobody.
  const SimContainer* At(const std::string& ip, std::uint16_t port) const;
  // Its process is in the network namespace that it was started in.
  bool IsAttached(const SimContainer& container) const;
  // Its address, or that of its lender; "": none.
  const std::string& IpOf(const SimContainer& container) const;
  // The clock was set at any time.
  bool is_clock_set() const { return is_clock_set_; }
  // Nothing goes wrong any more, and every process serves.
  void Calm();

  // --- what is asked of it; `answered` is called once
  struct Stream {
    std::function<void(docker::EngineEvent)> on_event;
    std::function<void()> on_end;
  };
  bool is_up() const { return is_up_; }
  std::string engine_id() const { return "engine-1"; }
  int process() const { return process_; }
  // Runs `serve` when the engine gets to it, and `answered` when its answer is back, or an error.
  void Call(Duration deadline, std::function<Result<>()> serve,
            std::function<void(Result<>)> answered);
  // Replaces the stream before. REQUIRES: is_up().
  void Subscribe(std::int64_t since_ns, Stream stream);
  void Unsubscribe() { stream_ = {}; }
  void Act(fleet::ActId act, fleet::ActKind kind, const ContainerId& id,
           std::optional<Duration> stop_timeout, Duration deadline,
           std::function<void(Result<>)> answered);

  // --- what happens to it
  void Crash(Duration away);     // its containers live on
  void ShutDown(Duration away);  // it stops all of them first
  void Freeze(Duration span);
  void EndStream();
  void SilenceStream(Duration span) { silent_until_ = timeline_.now() + span; }
  void LagStream(Duration lag, Duration span);

  // --- what happens to containers
  ContainerId Create(SimContainer container);
  void Start(const ContainerId& id);    // by a person
  void Stop(const ContainerId& id);     // by a person
  void Restart(const ContainerId& id);  // by a person
  void Pause(const ContainerId& id);    // by a person
  void Unpause(const ContainerId& id);  // by a person
  void Remove(const ContainerId& id);   // by a person; it is stopped first
  void Die(const ContainerId& id, int exit_code, bool is_out_of_memory = false);

  // Our life that runs now was told of somebody's act on it; or none of it is known any more.
  void Heard(const ContainerId& id);
  void NobodyHasHeard();

 private:
  using Then = std::function<void()>;
  enum class By { kUs, kPerson, kEngine };

  void Emit(const std::string& action, const SimContainer& container,
            const std::string& signal = "");
  void Deliver(const docker::EngineEvent& event);
  void EndCalls();
  void GoAway(Duration away);
  void ComeBack();
  void Signal(SimContainer& container, By by, Duration stop_timeout, Then then);
  void BeginHold(SimContainer& container, By by);
  void EndProcess(SimContainer& container, int exit_code, bool is_out_of_memory);
  void TakeEnd(SimContainer& container);
  void SeeEnd(SimContainer& container);
  bool CanStart(const SimContainer& container) const;
  void StartProcess(SimContainer& container);
  void GiveAddresses(SimContainer& container);
  Result<> IsStarted(const ContainerId& id);
  void StartAgain(const ContainerId& id, Then then);
  void RestartByPolicy(SimContainer& container);
  bool IsRestartedByPolicy(const SimContainer& container) const;
  Duration StopTimeout(const SimContainer& container) const;
  static bool IgnoresTerm(const SimContainer& container);
  void Tell(const SimContainer& container, std::string_view what);
  bool is_frozen() const { return timeline_.now() < frozen_until_; }
  // Something that the engine itself does: not while it is frozen, and not after its end.
  void Do(Duration wait, Then what);

  Timeline& timeline_;
  Trace& trace_;
  Chance chance_;
  FaultRates rates_;
  EngineWitness* witness_ = nullptr;
  std::int64_t wall_offset_ns_ = 1'700'000'000'000'000'000;
  bool is_clock_set_ = false;
  std::map<ContainerId, SimContainer> containers_;
  std::unordered_map<std::string, SimContainer*> by_ip_;  // the newest holder of each
  std::uint64_t created_ = 0;

  bool is_up_ = true;
  int process_ = 1;
  TimePoint frozen_until_{};
  std::deque<docker::EngineEvent> history_;  // the newest 256
  Stream stream_;
  std::uint64_t stream_number_ = 0;
  TimePoint delivered_last_{};
  TimePoint silent_until_{};
  TimePoint lags_until_{};
  Duration lag_{};
  using Answered = std::function<void(Result<>)>;
  // A call is under way: what is returned answers it, unless something else has done so before.
  Answered Begin(Answered answered);
  std::map<std::uint64_t, Answered> calls_;
  std::uint64_t last_call_ = 0;
};

}  // namespace fairlead::sim
