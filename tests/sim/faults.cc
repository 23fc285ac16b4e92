// What each kind of fault does to the simulated world when its time has come.
#include <algorithm>
#include <utility>

#include "sim/simulation.h"

namespace fairlead::sim {
namespace {

using namespace std::chrono_literals;

bool Runs(const SimContainer& container) {
  return container.runs();
}

// To another's network: whoever makes one of the two anew has to make both, and Compose does.
bool IsTied(const SimContainer& container) {
  return container.lender || container.lodger;
}

const std::vector<int> kCrashCodes = {1, 2, 7, 134, 139, 255};

}  // namespace

SimContainer* Simulation::Pick(std::uint64_t pick,
                               const std::function<bool(const SimContainer&)>& fits) {
  std::vector<ContainerId> fitting;
  for (const auto& [id, container] : engine_.containers()) {
    if (fits(container)) fitting.push_back(id);
  }
  return fitting.empty() ? nullptr : engine_.Find(fitting[pick % fitting.size()]);
}

void Simulation::Happen(const Fault& fault) {
  trace_.Tell(timeline_.now(), "fault", FaultName(fault.kind));
  if (fault.kind <= FaultKind::kIncurable) {
    HappenToProcess(fault);
  } else if (fault.kind <= FaultKind::kMassCrash) {
    HappenToMany(fault);
  } else if (fault.kind <= FaultKind::kPauseRepairs) {
    PersonActs(fault);
  } else if (fault.kind <= FaultKind::kStreamLags) {
    HappenToEngine(fault);
  } else if (fault.kind <= FaultKind::kClockJumps) {
    HappenToUs(fault);
  } else {
    HappenToClient(fault);
  }
}

// Until the span is over, or its process is another one.
void Simulation::Misbehave(const ContainerId& id, Answer answer, Duration span) {
  SimContainer* container = engine_.Find(id);
  if (!container || !container->has_process) return;
  container->answer = answer;
  timeline_.After(span, [this, id, life = container->lives] {
    SimContainer* again = engine_.Find(id);
    if (again && again->lives == life && !again->is_incurable) again->answer = Answer::kServes;
  });
}

// Says NOT_SERVING under its liveness name, until the span is over or its process is another one.
void Simulation::Deny(const ContainerId& id, Duration span) {
  SimContainer* container = engine_.Find(id);
  if (!container || !container->has_process) return;
  container->denies = true;
  timeline_.After(span, [this, id, life = container->lives] {
    SimContainer* again = engine_.Find(id);
    if (again && again->lives == life) again->denies = false;
  });
}

void Simulation::HappenToProcess(const Fault& fault) {
  SimContainer* container = Pick(fault.pick, Runs);
  if (!container) return;
  const ContainerId id = container->facts.id;
  trace_.Tell(timeline_.now(), "process", container->facts.name);
  switch (fault.kind) {
    case FaultKind::kCrash:
      engine_.Die(id, chance_.OneOf(kCrashCodes));
      break;
    case FaultKind::kOutOfMemory:
      engine_.Die(id, 137, /*is_out_of_memory=*/true);
      break;
    case FaultKind::kFinish:
      engine_.Die(id, 0);
      break;
    case FaultKind::kHang:
      Misbehave(id, Answer::kHangs, fault.span);
      break;
    case FaultKind::kRefuse:
      Misbehave(id, Answer::kRefuses, fault.span);
      break;
    case FaultKind::kNotServing:
      Misbehave(id, Answer::kSaysNotServing, fault.span);
      break;
    case FaultKind::kMisconfigured:
      Misbehave(id, Answer::kSaysUnimplemented, fault.span);
      break;
    case FaultKind::kDenies:
      Deny(id, fault.span);
      break;
    case FaultKind::kFlap:
      container->flap = chance_.OneOf(std::vector<Duration>{300ms, 1s, 4s, 10s});
      timeline_.After(fault.span, [this, id] {
        if (SimContainer* again = engine_.Find(id)) again->flap = {};
      });
      break;
    case FaultKind::kIncurable:
      container->is_incurable = true;
      container->answer = Answer::kHangs;
      timeline_.After(fault.span, [this, id] {
        SimContainer* again = engine_.Find(id);
        if (!again) return;
        again->is_incurable = false;
        again->answer = Answer::kServes;
      });
      break;
    default:
      break;
  }
}

void Simulation::HappenToMany(const Fault& fault) {
  const std::string& service = services_[fault.pick % services_.size()];
  const std::string short_name = service.substr(0, service.find('.'));
  std::vector<ContainerId> hit;
  for (const auto& [id, container] : engine_.containers()) {
    const auto named = container.facts.labels.find("com.docker.compose.service");
    const bool is_of_service = named != container.facts.labels.end() && named->second == short_name;
    const bool is_host_wide = fault.kind == FaultKind::kHostOutage ||
                              fault.kind == FaultKind::kHostDenial ||
                              fault.kind == FaultKind::kMassCrash;
    if (container.runs() && (is_host_wide || is_of_service)) hit.push_back(id);
  }
  for (const ContainerId& id : hit) {
    if (fault.kind == FaultKind::kMassCrash) {
      if (chance_.Percent(33)) engine_.Die(id, chance_.OneOf(kCrashCodes));
    } else if (fault.kind == FaultKind::kHostDenial) {
      Deny(id, fault.span);
    } else if (fault.kind == FaultKind::kDependencyOutage) {
      Misbehave(id, Answer::kSaysNotServing, fault.span);
    } else {
      Misbehave(id, Answer::kHangs, fault.span);
    }
  }
}

void Simulation::PersonActs(const Fault& fault) {
  if (fault.kind == FaultKind::kCommand) {
    Command(fault);
    return;
  }
  if (fault.kind == FaultKind::kPauseRepairs) {
    PauseRepairs(fault);
    return;
  }
  if (fault.kind == FaultKind::kPersonStarts) {
    if (SimContainer* down =
            Pick(fault.pick, [](const SimContainer& one) { return !one.has_process; }))
      engine_.Start(down->facts.id);
    return;
  }
  SimContainer* container = Pick(fault.pick, Runs);
  if (!container) return;
  const ContainerId id = container->facts.id;
  switch (fault.kind) {
    case FaultKind::kPersonStops:
      engine_.Stop(id);
      break;
    case FaultKind::kPersonRestarts:
      engine_.Restart(id);
      break;
    case FaultKind::kPersonPauses:
      engine_.Pause(id);
      timeline_.After(fault.span, [this, id] { engine_.Unpause(id); });
      break;
    case FaultKind::kPersonRemoves:
      if (!IsTied(*container)) engine_.Remove(id);
      break;
    case FaultKind::kRecreate:
      if (!IsTied(*container)) Recreate(id);
      break;
    default:
      break;
  }
}

// As Compose does it: the new container is made, the old one is stopped and removed, the new one is
// started; or, as Compose did it up to 2.15, the old one is stopped first.
void Simulation::Recreate(const ContainerId& id) {
  SimContainer* old = engine_.Find(id);
  if (!old || !engine_.is_up()) return;
  SimContainer made;
  made.facts = old->facts;
  made.facts.name += "'";
  made.facts.restart_count = 0;
  for (NetworkAddress& address : made.facts.networks) address.ipv4.clear();
  const bool is_old_compose = chance_.Percent(30);
  const auto create = [this, made = std::move(made)] { return engine_.Create(made); };
  if (is_old_compose) engine_.Stop(id);
  const Duration stop = 21s;
  if (is_old_compose) {
    timeline_.After(stop, [this, id, create] {
      const ContainerId fresh = create();
      engine_.Remove(id);
      timeline_.After(chance_.Between(10ms, 500ms), [this, fresh] { engine_.Start(fresh); });
    });
    return;
  }
  const ContainerId fresh = create();
  timeline_.After(chance_.Between(10ms, 200ms), [this, id] { engine_.Remove(id); });
  timeline_.After(stop + chance_.Between(10ms, 500ms), [this, fresh] { engine_.Start(fresh); });
}

void Simulation::Command(const Fault& fault) {
  const SimContainer* container = Pick(fault.pick, [](const SimContainer&) { return true; });
  if (!container || !daemon_) return;
  const auto verb = chance_.OneOf(std::vector{
      fleet::OperatorVerb::kDrain, fleet::OperatorVerb::kUndrain, fleet::OperatorVerb::kUndrain,
      fleet::OperatorVerb::kRestart, fleet::OperatorVerb::kEvict});
  const bool force = chance_.Percent(10);
  daemon_->Submit(fleet::OperatorCommand{.command = ++commands_,
                                         .verb = verb,
                                         .replica = container->facts.id.value,
                                         .actor = force ? kForcingOperator : kOperator,
                                         .reason = force ? "simulated" : "",
                                         .force = force});
}

// Of the host, the project, a service or a replica; whoever paused resumes, and where that did not
// come through, all is resumed when the world is healed.
void Simulation::PauseRepairs(const Fault& fault) {
  const SimContainer* container = Pick(fault.pick, [](const SimContainer& one) {
    return one.facts.labels.contains("fairlead.enable");
  });
  if (!container || !daemon_) return;
  const auto scope =
      chance_.OneOf(std::vector{fleet::PauseScope::kHost, fleet::PauseScope::kProject,
                                fleet::PauseScope::kService, fleet::PauseScope::kReplica});
  const std::string service = container->facts.labels.at("com.docker.compose.service");
  std::string name;
  if (scope == fleet::PauseScope::kProject) name = "shop";
  if (scope == fleet::PauseScope::kService)
    name = chance_.Percent(50) ? service : service + ".shop";
  if (scope == fleet::PauseScope::kReplica) name = container->facts.id.value;
  const auto say = [this, scope, name](fleet::OperatorVerb verb) {
    if (!daemon_) return;
    daemon_->Submit(fleet::OperatorCommand{.command = ++commands_,
                                           .verb = verb,
                                           .replica = name,
                                           .actor = kOperator,
                                           .reason = "",
                                           .scope = scope});
  };
  say(fleet::OperatorVerb::kPause);
  timeline_.After(fault.span, [say] { say(fleet::OperatorVerb::kResume); });
}

void Simulation::ResumeAll() {
  const std::vector<fleet::Pause> pauses =
      daemon_ ? daemon_->fleet().pauses() : std::vector<fleet::Pause>();
  for (const fleet::Pause& pause : pauses) {
    const bool is_project = pause.scope == fleet::PauseScope::kProject;
    daemon_->Submit(fleet::OperatorCommand{.command = ++commands_,
                                           .verb = fleet::OperatorVerb::kResume,
                                           .replica = is_project ? pause.service.project
                                                      : pause.scope == fleet::PauseScope::kService
                                                          ? pause.service.Text()
                                                          : pause.replica,
                                           .actor = kOperator,
                                           .reason = "",
                                           .scope = pause.scope});
  }
  // A life that began after this one knows of those whose end was not written.
  timeline_.After(30s, [this] { ResumeAll(); });
}

void Simulation::HappenToEngine(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kEngineCrash:
      engine_.Crash(fault.span);
      break;
    case FaultKind::kEngineShutdown:
      engine_.ShutDown(fault.span);
      break;
    case FaultKind::kEngineFreezes:
      engine_.Freeze(fault.span);
      break;
    case FaultKind::kStreamEnds:
      engine_.EndStream();
      break;
    case FaultKind::kStreamSilent:
      engine_.SilenceStream(fault.span);
      break;
    case FaultKind::kStreamLags:
      engine_.LagStream(fault.span, 1min);
      break;
    default:
      break;
  }
}

void Simulation::HappenToUs(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kDaemonKilled:
      // Every third time it is asked to stop first.
      if (daemon_ && fault.pick % 3 == 0) daemon_->Submit(fleet::Stopping{});
      EndLife(fault.span);
      break;
    case FaultKind::kDaemonKilledActing:
      if (daemon_)
        daemon_->DieAt(static_cast<DeathPlace>(fault.pick % 4), [this, away = fault.span] {
          timeline_.After(0ns, [this, away] { EndLife(away); });
        });
      break;
    case FaultKind::kDaemonStandsStill:
      if (daemon_) daemon_->StandStill(timeline_.now() + fault.span);
      break;
    case FaultKind::kDiskFull:
      store_.FillDisk(timeline_.now() + fault.span);
      break;
    case FaultKind::kCanaryFails:
      path_ = {.canary_fails_until = timeline_.now() + fault.span,
               .is_everywhere = fault.pick % 2 == 0};
      break;
    case FaultKind::kClockJumps:
      engine_.JumpClock(fault.pick % 2 == 0 ? fault.span : -fault.span);
      break;
    default:
      break;
  }
}

void Simulation::HappenToClient(const Fault& fault) {
  SimClient& client = *clients_[fault.pick % clients_.size()];
  switch (fault.kind) {
    case FaultKind::kClientVanishes:
      client.Vanish(fault.span);
      break;
    case FaultKind::kClientRefuses:
      client.Refuse(timeline_.now() + fault.span);
      break;
    case FaultKind::kClientSlow:
      client.BeSlow(timeline_.now() + fault.span);
      break;
    default:
      break;
  }
}

}  // namespace fairlead::sim
