#include "random_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "spec/replica_name.h"

namespace fairlead::fleet::testing {
namespace {

using namespace std::chrono_literals;
using spec::CheckClass;

constexpr int kMaxRestarts = 3;
constexpr Duration kWindow = 10min;

}  // namespace

RandomWorld::RandomWorld(std::uint64_t seed)
    : rng_(seed),
      fleet_({.observe_only = false,
              .max_concurrent_repairs = 2,
              .panic_threshold_percent = 50,
              .self = {}},
             {}, now_) {
  for (const char* service : {"api", "web"}) {
    const auto replicas = static_cast<int>(1 + rng_.Below(4));
    for (int number = 1; number <= replicas; ++number) AddContainer(service, number);
  }
}

void RandomWorld::AddContainer(const std::string& service, int number) {
  Container container;
  container.facts.id = ContainerId(fmt::format("{:06x}{}", ++created_, service));
  container.facts.name = fmt::format("shop-{}-{}", service, number);
  container.facts.created = fmt::format("2026-01-01T00:00:{:04}Z", created_);
  container.facts.status = EngineStatus::kRunning;
  container.facts.started_at = "life-1";
  container.facts.pid = created_;
  container.facts.network_mode = "shop_default";
  container.facts.networks = {{.network = "shop_default",
                               .network_id = "n",
                               .ipv4 = fmt::format("10.0.0.{}", created_),
                               .ipv6 = ""}};
  if (Chance(20)) container.facts.restart_policy = RestartPolicy::kAlways;
  container.spec.name = {"shop", service};
  container.spec.port = container.spec.health.port = 50051;
  container.spec.compose_number = number;
  container.spec.priority = number > 2 ? 1 : 0;
  container.spec.liveness.fall = Chance(50) ? 1 : 4;
  container.spec.health.start_period = Chance(50) ? 0s : 10s;
  container.spec.repair.max_restarts = kMaxRestarts;
  container.spec.repair.window = kWindow;
  container.spec.traffic.retry.attempts = 2;
  containers_.push_back(std::move(container));
}

RandomWorld::Container* RandomWorld::Of(const ContainerId& id) {
  const auto found =
      std::find_if(containers_.begin(), containers_.end(),
                   [&](const Container& container) { return container.facts.id == id; });
  return found == containers_.end() ? nullptr : &*found;
}

void RandomWorld::Observe(const Container& container) {
  Step(ContainerObserved{container.facts,
                         {.opted_in = true, .spec = container.spec, .diagnostics = {}}});
}

void RandomWorld::StartLife(Container& container) {
  container.facts.started_at = fmt::format("life-{}", ++container.lives);
  container.facts.status = EngineStatus::kRunning;
  container.facts.oom_killed = false;
  container.is_stopped_by_person = false;
}

void RandomWorld::End(Container& container, int exit_code) {
  container.facts.status = EngineStatus::kExited;
  container.facts.exit_code = exit_code;
}

void RandomWorld::StopByPerson(Container& container) {
  const bool was_up = container.facts.status == EngineStatus::kRunning;
  // An act that the engine already has cannot be called back; only what comes later is judged.
  container.is_stopped_by_person =
      was_up && !std::any_of(acts_.begin(), acts_.end(), [&](const Act& act) {
        return act.generation.id == container.facts.id;
      });
  Step(ForeignActSeen{container.facts.id, "kill", "15"});
  if (Chance(50)) PassTime(Duration(rng_.Below(3) * 1s));
  if (was_up) End(container, 143);
  Observe(container);
  Step(ForeignActSeen{container.facts.id, "stop", ""});
}

// A Compose recreate: a new container in the same place, then the old one goes.
void RandomWorld::Replace(std::size_t index) {
  const spec::ServiceSpec spec = containers_[index].spec;
  AddContainer(spec.name.service, *spec.compose_number);
  containers_.back().facts.status = EngineStatus::kCreated;
  Observe(containers_.back());
  StopByPerson(containers_[index]);
  Step(ContainerGone{containers_[index].facts.id});
  containers_.erase(containers_.begin() + static_cast<std::ptrdiff_t>(index));
  StartLife(containers_.back());
  if (Chance(80)) Observe(containers_.back());
}

void RandomWorld::Probe(const Container& container) {
  static constexpr CheckClass kClasses[] = {CheckClass::kServing,       CheckClass::kServing,
                                            CheckClass::kTimeout,       CheckClass::kTimeout,
                                            CheckClass::kRefused,       CheckClass::kNotServing,
                                            CheckClass::kUnimplemented, CheckClass::kNoFd};
  const CheckClass check_class = kClasses[rng_.Below(std::size(kClasses))];
  Generation generation = container.facts.generation();
  if (Chance(10)) generation.started_at = "life-0";
  const auto times = 1 + rng_.Below(5);
  for (std::uint64_t i = 0; i < times; ++i) {
    Step(ProbeFinished{generation, {.check_class = check_class, .latency = {}, .detail = ""}});
    PassTime(100ms);
  }
}

// One hangs while all others serve: whoever waits on it is cut loose.
void RandomWorld::Hang(const Container& hung) {
  for (int round = 0; round < 4; ++round) {
    for (const Container& each : containers_) {
      if (each.facts.status != EngineStatus::kRunning) continue;
      const bool is_hung = each.facts.id == hung.facts.id;
      Step(ProbeFinished{each.facts.generation(),
                         {.check_class = is_hung ? CheckClass::kTimeout : CheckClass::kServing,
                          .latency = {},
                          .detail = ""}});
    }
    if (Chance(50)) Adopt();
    PassTime(500ms);
  }
}

void RandomWorld::Sync() {
  for (const Container& container : containers_) Observe(container);
  static constexpr EngineContinuity kEngines[] = {
      EngineContinuity::kSame, EngineContinuity::kRestarted, EngineContinuity::kUnknown};
  Step(InventorySynced{kEngines[rng_.Below(std::size(kEngines))]});
}

void RandomWorld::Adopt() {
  for (const auto& [name, view] : std::map(views_)) Step(ViewAdopted{name, view->revision});
}

void RandomWorld::FinishAct(bool is_fine) {
  if (acts_.empty()) return;
  const Act act = acts_.front();
  acts_.pop_front();
  Container* container = Of(act.generation.id);
  if (is_fine && container) {
    if (act.kind == ActKind::kStop) {
      End(*container, 143);
    } else {
      StartLife(*container);
    }
    if (Chance(50)) Observe(*container);
  } else if (container && act.kind == ActKind::kRestart && Chance(50)) {
    End(*container, 143);
  }
  Step(ActionFinished{act.id, act.generation,
                      is_fine ? Result<>() : Fail(Code::kInternal, "engine")});
  if (container) Observe(*container);
}

void RandomWorld::Command(const Container& container) {
  static constexpr OperatorVerb kVerbs[] = {OperatorVerb::kDrain, OperatorVerb::kUndrain,
                                            OperatorVerb::kUndrain, OperatorVerb::kRestart,
                                            OperatorVerb::kEvict};
  static constexpr PauseScope kScopes[] = {PauseScope::kHost, PauseScope::kProject,
                                           PauseScope::kService, PauseScope::kReplica};
  OperatorCommand command{.command = ++commands_,
                          .verb = kVerbs[rng_.Below(std::size(kVerbs))],
                          .replica = container.facts.id.value,
                          .actor = "uid 0",
                          .reason = "",
                          .force = false};
  if (Chance(20)) {
    command.verb = Chance(40) ? OperatorVerb::kPause : OperatorVerb::kResume;
    command.scope = kScopes[rng_.Below(std::size(kScopes))];
    if (command.scope == PauseScope::kProject) command.replica = container.spec.name.project;
    if (command.scope == PauseScope::kService) command.replica = container.spec.name.Text();
  }
  Step(command);
}

void RandomWorld::PassTime(Duration duration) {
  const TimePoint end = now_ + duration;
  while (wake_at_ && *wake_at_ <= end) {
    now_ = std::max(now_, *wake_at_);
    Step(Tick{});
  }
  now_ = end;
}

void RandomWorld::HappenSomething() {
  const std::size_t index = rng_.Below(containers_.size());
  Container& container = containers_[index];
  switch (rng_.Below(17)) {
    case 0:
      Observe(container);
      break;
    case 1:
      if (container.facts.status == EngineStatus::kRunning)
        End(container, Chance(30) ? 0 : Chance(50) ? 137 : 1);
      if (Chance(70)) Observe(container);
      break;
    case 2:
      if (container.facts.status == EngineStatus::kExited && Chance(60)) StartLife(container);
      Observe(container);
      break;
    case 3:
      StopByPerson(container);
      break;
    case 4:
      Step(InventoryStale{.reason = "gone", .is_stream_end = Chance(50)});
      break;
    case 5:
      if (Chance(50)) {
        Step(ProcessExited{container.facts.generation()});
      } else {
        Step(ForeignActSeen{container.facts.id, "die", ""});
      }
      break;
    case 6:
      Step(ConnectionClosed{container.facts.generation()});
      break;
    case 7:
      FinishAct(Chance(70));
      break;
    case 8:
      Command(container);
      break;
    case 9:
      Step(TrafficObserved{container.facts.generation(), static_cast<int>(rng_.Below(2))});
      break;
    case 10:
      PassTime(Duration(rng_.Below(60) * 1s));
      break;
    case 11:
      if (Chance(20)) Replace(index);
      break;
    case 12:
      Adopt();
      break;
    case 13:
      Sync();
      break;
    case 14:
      Hang(container);
      break;
    default:
      Probe(container);
      break;
  }
}

void RandomWorld::Heal() {
  for (int round = 0; round < 120; ++round) {
    while (!acts_.empty()) FinishAct(true);
    // Processes that ended only by rumour are settled by a new life, too.
    if (round == 0) {
      for (Container& container : containers_) StartLife(container);
    }
    Sync();
    Adopt();
    for (const Container& container : containers_) {
      if (container.facts.status != EngineStatus::kRunning) continue;
      Step(ProbeFinished{container.facts.generation(),
                         {.check_class = CheckClass::kServing, .latency = {}, .detail = ""}});
    }
    PassTime(1s);
  }
}

std::string RandomWorld::NotServing() const {
  std::string names;
  for (const ServiceName& name : fleet_.services()) {
    const auto report = fleet_.Report(name);
    for (const ReplicaReport& replica : report->replicas) {
      if (replica.in_rotation || replica.intent != "none") continue;
      names += fmt::format("{} {} {} {} ", replica.name, replica.presence, replica.out_reason,
                           replica.repair);
    }
  }
  return names;
}

}  // namespace fairlead::fleet::testing
