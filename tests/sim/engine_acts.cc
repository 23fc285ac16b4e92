// What happens to containers, whoever makes it happen, and what the engine tells of it.
#include <algorithm>
#include <utility>

#include "sim/engine.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

constexpr int kTermExit = 143;
constexpr int kKillExit = 137;
constexpr Duration kRestartPolicyFirst = 100ms;  // doubles, as of a real engine
constexpr Duration kRestartPolicyMost = 60s;
constexpr Duration kRanLong = 10s;  // begins the doubling anew

}  // namespace

void SimEngine::Tell(const SimContainer& container, std::string_view what) {
  trace_.Tell(timeline_.now(), "engine", fmt::format("{} {}", container.facts.name, what));
}

ContainerId SimEngine::Create(SimContainer container) {
  ++created_;
  const ContainerId id(fmt::format("{:04x}{:08x}", created_ * 7919 % 65536, created_));
  container.facts.id = id;
  container.facts.created = fmt::format("{:012}", created_);
  container.facts.started_at = "0001-01-01T00:00:00Z";
  container.facts.status = EngineStatus::kCreated;
  SimContainer& made = containers_[id] = std::move(container);
  made.changed_at = timeline_.now();
  Tell(made, "is created");
  Emit("create", made);
  return id;
}

Duration SimEngine::StopTimeout(const SimContainer& container) const {
  return container.facts.stop_timeout ? Duration(*container.facts.stop_timeout) : Duration(10s);
}

bool SimEngine::IgnoresTerm(const SimContainer& container) {
  return container.ignores_term || container.facts.status == EngineStatus::kPaused ||
         container.answer == Answer::kHangs;
}

void SimEngine::BeginHold(SimContainer& container, By by) {
  container.hold = Hold{.since = timeline_.now(),
                        .is_engines = by == By::kEngine,
                        .is_overlapped = timeline_.now() <= container.own_act_until};
}

// Its stop signal, and KILL after the timeout. `then` runs when it is dead.
void SimEngine::Signal(SimContainer& container, By by, Duration stop_timeout, Then then) {
  if (by != By::kUs) BeginHold(container, by);
  Emit("kill", container, "15");
  container.changed_at = timeline_.now();
  const bool ignores = IgnoresTerm(container);
  const Duration wait = ignores ? stop_timeout : chance_.Between(5ms, 900ms);
  Do(wait,
     [this, id = container.facts.id, life = container.lives, ignores, then = std::move(then)] {
       SimContainer* stopped = Find(id);
       if (!stopped || stopped->lives != life) return;
       if (stopped->has_process) {
         if (ignores) Emit("kill", *stopped, "9");
         EndProcess(*stopped, ignores ? kKillExit : chance_.Percent(30) ? 0 : kTermExit, false);
       }
       then();
     });
}

void SimEngine::Die(const ContainerId& id, int exit_code, bool is_out_of_memory) {
  SimContainer* container = Find(id);
  if (!container || !container->has_process || container->facts.status != EngineStatus::kRunning)
    return;
  Tell(*container, fmt::format("dies with {}{}", exit_code, is_out_of_memory ? " (oom)" : ""));
  EndProcess(*container, exit_code, is_out_of_memory);
}

void SimEngine::EndProcess(SimContainer& container, int exit_code, bool is_out_of_memory) {
  container.has_process = false;
  container.exit_code = exit_code;
  container.is_out_of_memory = is_out_of_memory;
  container.changed_at = timeline_.now();
  if (witness_) witness_->OnProcessEnded(container);
  if (!is_up_) return;  // it finds out when it is back
  if (!is_frozen()) {
    TakeEnd(container);
    return;
  }
  Do(Duration::zero(), [this, id = container.facts.id, life = container.lives] {
    SimContainer* ended = Find(id);
    if (ended && ended->lives == life && !ended->has_process) TakeEnd(*ended);
  });
}

void SimEngine::TakeEnd(SimContainer& container) {
  SeeEnd(container);
  if (container.is_out_of_memory) Emit("oom", container);
  Emit("die", container);
  RestartByPolicy(container);
}

void SimEngine::SeeEnd(SimContainer& container) {
  container.facts.status = EngineStatus::kExited;
  container.facts.exit_code = container.exit_code;
  container.facts.finished_ns = WallNs();
  container.facts.oom_killed = container.is_out_of_memory;
  container.facts.pid = 0;
  for (NetworkAddress& address : container.facts.networks) address.ipv4.clear();
}

bool SimEngine::IsRestartedByPolicy(const SimContainer& container) const {
  if (container.is_stopped_by_hand || (container.hold && !container.hold->is_engines)) return false;
  switch (container.facts.restart_policy) {
    case RestartPolicy::kNo:
      return false;
    case RestartPolicy::kAlways:
    case RestartPolicy::kUnlessStopped:
      return true;
    case RestartPolicy::kOnFailure:
      return container.exit_code != 0;
  }
  return false;
}

void SimEngine::RestartByPolicy(SimContainer& container) {
  const bool is_shutting_down = container.hold && container.hold->is_engines;
  if (!IsRestartedByPolicy(container) || is_shutting_down) return;
  const bool ran_long = timeline_.now() - container.serves_from > kRanLong;
  container.restarts_in_a_row = ran_long ? 0 : container.restarts_in_a_row + 1;
  Duration wait = kRestartPolicyFirst;
  for (int i = 0; i < container.restarts_in_a_row && wait < kRestartPolicyMost; ++i) wait *= 2;
  container.facts.status = EngineStatus::kRestarting;
  ++container.facts.restart_count;
  Do(std::min<Duration>(wait, kRestartPolicyMost),
     [this, id = container.facts.id, life = container.lives] {
       SimContainer* again = Find(id);
       const bool is_due =
           again && again->lives == life && again->facts.status == EngineStatus::kRestarting;
       if (is_due) StartProcess(*again);
     });
}

// Nobody joins the network of a container that does not run.
bool SimEngine::CanStart(const SimContainer& container) const {
  if (!container.lender) return true;
  const auto lender = containers_.find(*container.lender);
  return lender != containers_.end() && lender->second.has_process;
}

void SimEngine::StartProcess(SimContainer& container) {
  if (!CanStart(container)) {
    Tell(container, "cannot be started: its lender does not run");
    const bool has_run = container.lives > 0;
    container.facts.status = has_run ? EngineStatus::kExited : EngineStatus::kCreated;
    container.changed_at = timeline_.now();
    return;
  }
  ++container.lives;
  container.began_at = timeline_.now();
  container.acted_on_before = container.acted_on_at;
  if (container.lender) container.lenders_life = Find(*container.lender)->lives;
  container.has_process = true;
  container.is_stopped_by_hand = false;
  container.hold.reset();
  container.changed_at = timeline_.now();
  if (!container.is_incurable) {
    container.answer = Answer::kServes;
    container.flap = {};
    container.denies = false;
  }
  container.ignores_term = chance_.Permyriad(rates_.term_ignored);
  container.is_watched = !chance_.Permyriad(rates_.exit_unwatched);
  container.serves_from = timeline_.now() + chance_.Between(10ms, chance_.Percent(90) ? 2s : 20s);
  container.facts.status = EngineStatus::kRunning;
  container.facts.oom_killed = false;
  // Short enough to need no memory of its own: each check carries it.
  container.facts.started_at = fmt::format("life {}", container.lives);
  container.facts.started_ns = WallNs();
  container.facts.pid = 1'000 + static_cast<std::int64_t>(created_) * 1'000 + container.lives;
  GiveAddresses(container);
  Tell(container, "starts");
  Emit("start", container);
}

// The lowest that is free, as engines give them: it may have been another's a moment ago.
void SimEngine::GiveAddresses(SimContainer& container) {
  for (NetworkAddress& address : container.facts.networks) {
    for (int host = 2; address.ipv4.empty(); ++host) {
      const std::string ip = fmt::format("10.0.{}.{}", host / 250, host % 250 + 1);
      const SimContainer* holder = At(ip);
      if (holder && holder->has_process) continue;
      address.ipv4 = ip;
      by_ip_[ip] = &container;
    }
  }
}

// The second half of a restart.
void SimEngine::StartAgain(const ContainerId& id, Then then) {
  Do(chance_.Between(20ms, 150ms), [this, id, then = std::move(then)] {
    SimContainer* stopped = Find(id);
    if (!stopped) return;
    if (!stopped->has_process) StartProcess(*stopped);
    if (stopped->has_process) Emit("restart", *stopped);
    then();
  });
}

// --- people -----------------------------------------------------------------------------------

void SimEngine::Start(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container || container->has_process) return;
  StartProcess(*container);
}

void SimEngine::Stop(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container) return;
  Tell(*container, "is stopped by a person");
  container->is_stopped_by_hand = true;
  if (!container->has_process) {
    BeginHold(*container, By::kPerson);
    container->facts.status =
        container->lives == 0 ? EngineStatus::kCreated : EngineStatus::kExited;
    return;
  }
  Signal(*container, By::kPerson, StopTimeout(*container), [this, id] {
    if (SimContainer* stopped = Find(id)) Emit("stop", *stopped);
  });
}

void SimEngine::Restart(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container || !container->has_process) return;
  Tell(*container, "is restarted by a person");
  container->is_stopped_by_hand = true;
  Signal(*container, By::kPerson, StopTimeout(*container), [this, id] {
    SimContainer* stopped = Find(id);
    if (!stopped) return;
    Emit("stop", *stopped);
    StartAgain(id, [] {});
  });
}

void SimEngine::Pause(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container || !container->runs()) return;
  Tell(*container, "is paused by a person");
  container->facts.status = EngineStatus::kPaused;
  container->changed_at = timeline_.now();
  BeginHold(*container, By::kPerson);
  Emit("pause", *container);
}

void SimEngine::Unpause(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container || container->facts.status != EngineStatus::kPaused)
    return;
  Tell(*container, "is unpaused by a person");
  container->facts.status = EngineStatus::kRunning;
  container->changed_at = timeline_.now();
  container->hold.reset();
  Emit("unpause", *container);
}

void SimEngine::Remove(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (!is_up_ || is_frozen() || !container) return;
  const auto remove = [this, id] {
    SimContainer* stopped = Find(id);
    if (!stopped || stopped->has_process) return;
    Tell(*stopped, "is removed");
    std::erase_if(by_ip_, [stopped](const auto& held) { return held.second == stopped; });
    const SimContainer last = std::move(*stopped);
    containers_.erase(id);
    Emit("destroy", last);
  };
  container->is_stopped_by_hand = true;
  if (!container->has_process) {
    remove();
    return;
  }
  Signal(*container, By::kPerson, StopTimeout(*container), [this, id, remove] {
    if (SimContainer* stopped = Find(id)) Emit("stop", *stopped);
    remove();
  });
}

// --- us ---------------------------------------------------------------------------------------

// What a call of ours that starts it answers.
Result<> SimEngine::IsStarted(const ContainerId& id) {
  SimContainer* container = Find(id);
  if (container && container->has_process) {
    container->life_by_us = container->lives;
    return {};
  }
  return Fail(Code::kInternal, "the engine says 500: cannot join network of a stopped container");
}

void SimEngine::Act(fleet::ActId act, fleet::ActKind kind, const ContainerId& id,
                    std::optional<Duration> stop_timeout, Duration deadline,
                    std::function<void(Result<>)> answered) {
  const auto answer = Begin(std::move(answered));
  if (!is_up_) {
    timeline_.After(1ms, [answer] { answer(Fail(Code::kUnavailable, "nobody listens")); });
    return;
  }
  timeline_.After(deadline, [answer] { answer(Fail(Code::kDeadlineExceeded, "no answer")); });
  const TimePoint served = std::max(timeline_.now(), frozen_until_) + chance_.Between(200us, 2ms);
  timeline_.At(served, [this, act, kind, id, stop_timeout, answer, process = process_] {
    if (!is_up_ || process != process_) return;
    SimContainer* container = Find(id);
    if (!container) {
      answer(Fail(Code::kNotFound, "no such container"));
      return;
    }
    container->acted_on_at = timeline_.now();
    if (witness_) witness_->OnOurActServed(act, kind, *container);
    Tell(*container,
         fmt::format("is told by us to {} (act {})", fleet::ActKindName(kind), act.value));
    if (chance_.Permyriad(rates_.act_fails)) {
      answer(Fail(Code::kInternal, "the engine says 500"));
      return;
    }
    const bool is_half_done = chance_.Permyriad(rates_.act_half_done);
    const auto finish = [this, id, kind, answer, is_half_done] {
      SimContainer* touched = Find(id);
      if (!touched) {
        answer(Fail(Code::kNotFound, "no such container"));
        return;
      }
      if (kind == fleet::ActKind::kStop) {
        Emit("stop", *touched);
        answer({});
        return;
      }
      if (kind == fleet::ActKind::kRestart) Emit("stop", *touched);
      if (is_half_done && !touched->has_process) {
        answer(Fail(Code::kInternal, "the engine says 500: cannot start it"));
        return;
      }
      if (kind == fleet::ActKind::kRestart) {
        StartAgain(id, [this, id, answer] { answer(IsStarted(id)); });
        return;
      }
      if (!touched->has_process) StartProcess(*touched);
      answer(IsStarted(id));
    };
    if (kind == fleet::ActKind::kStart) {
      if (container->has_process) {
        answer(Fail(Code::kAlreadyExists, "it runs"));
      } else {
        finish();
      }
      return;
    }
    container->is_stopped_by_hand = true;
    if (!container->has_process) {
      finish();
      return;
    }
    // A person's pause ends with the process that was paused; whether we may, the witness has
    // judged.
    if (container->facts.status == EngineStatus::kPaused) container->hold.reset();
    Signal(*container, By::kUs, stop_timeout.value_or(StopTimeout(*container)), finish);
  });
}

}  // namespace fairlead::sim
