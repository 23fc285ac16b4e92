#include "fleet_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/text.h"

namespace fairlead::fleet::testing {
namespace {

constexpr std::uint16_t kPort = 50051;

Duration Time(const std::string& text) {
  return ParseDuration(text).value_or(Duration::zero());
}

spec::CheckClass ClassNamed(const std::string& name) {
  if (name == "ok") return spec::CheckClass::kServing;
  for (int i = 0; i <= static_cast<int>(spec::CheckClass::kCanaryFailed); ++i) {
    const auto check_class = static_cast<spec::CheckClass>(i);
    if (spec::CheckClassName(check_class) == name) return check_class;
  }
  return spec::CheckClass::kCanaryFailed;
}

// What the engine says to an act of ours.
Result<> OutcomeNamed(const std::string& word) {
  if (word == "already") return Fail(Code::kAlreadyExists, "engine: not modified");
  if (word == "failed") return Fail(Code::kInternal, "engine: no such network");
  return {};
}

// What the liveness name says.
spec::LivenessWord WordNamed(const std::string& word) {
  if (word == "ok") return spec::LivenessWord::kServing;
  if (word == "not-serving") return spec::LivenessWord::kNotServing;
  return word == "unknown" ? spec::LivenessWord::kNameUnknown : spec::LivenessWord::kNone;
}

// suspect api/1 silent | suspect api/1 late | suspect api/1 no
spec::SuspectNews SuspicionOf(const StoryCommand& command) {
  const std::string stage = command.Word(1);
  return {.stage = stage == "silent" ? spec::Suspect::kSilent
                   : stage == "late" ? spec::Suspect::kSuspect
                                     : spec::Suspect::kNone,
          .evidence = stage == "no" ? "" : "no answer within 50ms",
          .asked_ip = command.Setting("from", "")};
}

// The id of a container that is given none.
ContainerId IdOf(std::string key) {
  std::replace(key.begin(), key.end(), '/', '0');
  return ContainerId(key);
}

EngineContinuity ContinuityNamed(const std::string& name) {
  if (name == "first") return EngineContinuity::kFirst;
  if (name == "same") return EngineContinuity::kSame;
  return name == "restarted" ? EngineContinuity::kRestarted : EngineContinuity::kUnknown;
}

// "back:10.1.0.2,lan:192.168.0.9(no-route)"; nothing for "none".
std::vector<NetworkAddress> Networks(const std::string& list, const std::string& key) {
  std::vector<NetworkAddress> networks;
  std::istringstream in(list == "none" ? "" : list);
  for (std::string one; std::getline(in, one, ',');) {
    const auto colon = one.find(':');
    const auto bracket = one.find('(');
    networks.push_back({.network = one.substr(0, colon),
                        .network_id = one.substr(0, colon) + " of " + key.substr(0, key.find('/')),
                        .ipv4 = one.substr(colon + 1, bracket - colon - 1),
                        .ipv6 = "",
                        .is_host_routable = bracket == std::string::npos});
  }
  return networks;
}

PauseScope ScopeNamed(const std::string& name) {
  if (name == "host") return PauseScope::kHost;
  if (name == "project") return PauseScope::kProject;
  return name == "service" ? PauseScope::kService : PauseScope::kReplica;
}

}  // namespace

FleetStory::FleetStory() = default;
FleetStory::~FleetStory() = default;

Fleet& FleetStory::fleet() {
  if (!fleet_) fleet_ = std::make_unique<Fleet>(options_, remembered_, now_);
  return *fleet_;
}

std::string FleetStory::Run(const std::string& lines) {
  told_.clear();
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) RunLine(StoryCommand::Parse(line));
  const std::string wake = wake_at_ ? "wake in " + FormatDuration(*wake_at_ - now_) + "\n" : "";
  std::string all = std::exchange(told_, "") + wake;
  if (!all.empty()) all.pop_back();
  return all;
}

void FleetStory::RunLine(const StoryCommand& command) {
  const std::string& verb = command.verb;
  if (verb == "options") {
    options_.observe_only = command.Setting("observe", "no") == "yes";
    options_.max_concurrent_repairs = std::stoi(command.Setting("repairs", "2"));
    options_.self = ContainerId(command.Setting("self", ""));
  } else if (verb == "remember") {
    Remember(command);
  } else if (verb == "spec") {
    for (const auto& [key, value] : command.settings) spec_settings_[command.Word(0)][key] = value;
  } else if (verb == "observe") {
    Observe(command);
  } else if (verb == "gone") {
    Step(ContainerGone{containers_[command.Word(0)].facts.id});
  } else if (verb == "sync") {
    Step(InventorySynced{ContinuityNamed(command.Setting("engine", "unknown"))});
  } else if (verb == "stale") {
    Step(InventoryStale{.reason = command.Setting("reason", "the engine's event stream ended"),
                        .is_stream_end = command.Setting("silent", "no") == "no"});
  } else if (verb == "stopping") {
    Step(Stopping{});
  } else if (verb == "wait") {
    Wait(Time(command.Word(0)));
  } else if (verb == "sleep") {
    now_ += Time(command.Word(0));
    Step(Tick{});
  } else if (verb == "tick") {
    Step(Tick{});
  } else if (verb == "probe") {
    Probe(command);
  } else if (verb == "closed") {
    Step(ConnectionClosed{GenerationOf(command)});
  } else if (verb == "suspect") {
    Step(SuspicionChanged{GenerationOf(command), SuspicionOf(command)});
  } else if (verb == "ping-refused") {
    Step(TransportRefused{GenerationOf(command)});
  } else if (verb == "canary") {
    Step(CanaryChanged{.passes = command.Word(0) == "ok", .detail = "timeout: no answer in time"});
  } else if (verb == "process-exited") {
    Step(ProcessExited{GenerationOf(command)});
  } else if (verb == "foreign") {
    const std::string ago = command.Setting("ago", "");
    Step(
        ForeignActSeen{.id = IdOf(command.Word(0)),
                       .verb = command.Word(1),
                       .signal = command.Word(2),
                       .engine_ns = ago.empty() ? 0 : (now_ - Time(ago)).time_since_epoch().count(),
                       .ago = ago.empty() ? Duration() : Time(ago)});
  } else if (verb == "traffic") {
    Step(TrafficObserved{GenerationOf(command), std::stoi(command.Word(1))});
  } else if (verb == "callers-cut") {
    CallersOf(command);
  } else if (verb == "adopt") {
    Adopt(command);
  } else if (verb == "finished") {
    Finished(command);
  } else if (verb == "answer") {
    Answered(command);
  } else if (verb == "drain") {
    Operator(OperatorVerb::kDrain, command);
  } else if (verb == "undrain") {
    Operator(OperatorVerb::kUndrain, command);
  } else if (verb == "restart") {
    Operator(OperatorVerb::kRestart, command);
  } else if (verb == "evict") {
    Operator(OperatorVerb::kEvict, command);
  } else if (verb == "pause") {
    Operator(OperatorVerb::kPause, command);
  } else if (verb == "resume") {
    Operator(OperatorVerb::kResume, command);
  } else if (verb == "try") {
    TellTrial(command);
  } else if (verb == "report") {
    TellReport(command.Word(0));
  } else if (verb == "explain") {
    TellExplanation(command.Word(0));
  } else if (verb == "services") {
    TellServices();
  } else if (verb == "diagnostics") {
    TellDiagnostics();
  } else {
    told_ += "no such command: " + verb + "\n";
  }
}

// remember act api/1 ago=5m state=permitted | remember intent api/1 drained
// remember stop api/1 life=1 | remember pause api ago=5m
void FleetStory::Remember(const StoryCommand& command) {
  const std::string key = command.Word(1);
  const auto slash = key.find('/');
  const ServiceName service = NameOf(key.substr(0, slash));
  if (command.Word(0) == "pause") {
    remembered_.pauses.push_back({.scope = PauseScope::kService,
                                  .service = service,
                                  .replica = "",
                                  .actor = "uid 0",
                                  .reason = "earlier",
                                  .at = now_ - Time(command.Setting("ago", "1m"))});
    return;
  }
  if (command.Word(0) == "stop") {
    remembered_.stopped.push_back(
        {.generation = {.id = IdOf(key), .started_at = "life-" + command.Setting("life", "1")},
         .at = now_});
    return;
  }
  const std::string replica = service.Text() + key.substr(slash);
  if (command.Word(0) == "act") {
    LedgerEntry entry;
    entry.id = remembered_.next_act;
    remembered_.next_act.value += 1;
    const std::string state = command.Setting("state", "succeeded");
    entry.state = state == "permitted" ? ActState::kPermitted : ActState::kSucceeded;
    entry.service = service;
    entry.replica = replica;
    const std::string kind = command.Setting("kind", "restart");
    entry.kind = kind == "stop"    ? ActKind::kStop
                 : kind == "start" ? ActKind::kStart
                                   : ActKind::kRestart;
    if (const std::string life = command.Setting("life", ""); !life.empty())
      entry.generation = {.id = IdOf(key), .started_at = "life-" + life};
    entry.by_operator = command.Setting("by", "fairlead") != "fairlead";
    entry.actor = command.Setting("by", "fairlead");
    entry.cause = "earlier";
    entry.permitted_at = now_ - Time(command.Setting("ago", "1m"));
    remembered_.acts.push_back(entry);
    return;
  }
  Intent intent{.service = service,
                .replica = replica,
                .container = {},
                .kind = IntentKind::kDrained,
                .actor = "uid 0",
                .reason = "earlier",
                .at = now_};
  if (command.Word(2) == "evicted") intent.kind = IntentKind::kEvicted;
  remembered_.intents.push_back(intent);
}

// "api" is of project shop, unless its spec says another.
ServiceName FleetStory::NameOf(const std::string& service) const {
  const auto settings = spec_settings_.find(service);
  if (settings == spec_settings_.end() || !settings->second.contains("project"))
    return {.project = "shop", .service = service};
  return {.project = settings->second.at("project"), .service = service};
}

void FleetStory::Observe(const StoryCommand& command) {
  const std::string key = command.Word(0);
  const auto slash = key.find('/');
  Container& container = containers_[key];
  if (container.facts.id.value.empty()) {
    container.facts.id = ContainerId(command.Setting("id", IdOf(key).value));
    const ServiceName name = NameOf(key.substr(0, slash));
    container.facts.name = name.project + "-" + key.substr(0, slash) + "-" + key.substr(slash + 1);
    container.facts.created = fmt::format("2026-01-01T00:00:{:02}Z", created_++);
    container.facts.network_mode = "shop_default";
    container.facts.started_at = "life-1";
    container.facts.started_ns = now_.time_since_epoch().count();
    const std::string number = key.substr(slash + 1, key.find('~') - slash - 1);
    const std::string tail = key.ends_with('~') ? "10" + number : number;
    container.facts.networks = {
        {.network = "shop_default",
         .network_id = key.substr(0, slash),  // services of one story may use the same addresses
         .ipv4 = "10.0.0." + tail,
         .ipv6 = ""}};
    container.spec.name = name;
    container.spec.port = container.spec.health.port = kPort;
    container.spec.compose_number = std::stoi(number);
    container.spec.ties = {.project = name.project, .service = name.service, .restarts_after = {}};
    keys_[container.facts.id] = key;
  }
  SetSpec(spec_settings_[key.substr(0, slash)], container.spec);
  SetSpec(command.settings, container.spec);
  SetFacts(command, container.facts);
  container.is_managed = command.Setting("managed", container.is_managed ? "yes" : "no") == "yes";
  spec::LabelReading reading{
      .opted_in = true, .spec = container.spec, .diagnostics = container.diagnostics};
  if (!container.is_managed) reading.spec.reset();
  if (!container.is_managed) {
    reading.opted_in = command.Setting("opted-in", "yes") == "yes";
    if (reading.opted_in) {
      reading.diagnostics = {{spec::Severity::kError, "port-missing", "fairlead.port", "no port",
                              "set fairlead.port"}};
    }
  }
  const std::string ended = command.Setting("ended", "");
  std::optional<TimePoint> ended_at;
  if (!ended.empty()) ended_at = now_ - Time(ended);
  Step(ContainerObserved{container.facts, reading, ended_at});
}

void FleetStory::SetFacts(const StoryCommand& command, ContainerFacts& facts) {
  static const std::map<std::string, EngineStatus> kStatus = {
      {"created", EngineStatus::kCreated},
      {"running", EngineStatus::kRunning},
      {"paused", EngineStatus::kPaused},
      {"restarting", EngineStatus::kRestarting},
      {"exited", EngineStatus::kExited}};
  if (const auto status = kStatus.find(command.Word(1)); status != kStatus.end())
    facts.status = status->second;
  facts.pid_start_ticks = facts.status == EngineStatus::kRunning ? 1'000 : 0;
  for (const auto& [key, value] : command.settings) {
    if (key == "life") {
      facts.started_at = "life-" + value;
      facts.started_ns = now_.time_since_epoch().count();
    }
    // By the engine's clock.
    if (key == "started" && value == "unknown") facts.started_ns = 0;
    if (key == "started" && value == "earlier")
      facts.started_ns = (now_ - std::chrono::minutes(10)).time_since_epoch().count();
    if (key == "started" && value == "later")
      facts.started_ns = (now_ + std::chrono::hours(1)).time_since_epoch().count();
    if (key == "started" && value == "now") facts.started_ns = now_.time_since_epoch().count();
    if (key == "pid") facts.pid = std::stoi(value);
    if (key == "code") facts.exit_code = std::stoi(value);
    if (key == "oom") facts.oom_killed = value == "yes";
    if (key == "ip") facts.networks.front().ipv4 = value;
    if (key == "networks") facts.networks = Networks(value, KeyOf(facts.id));
    if (key == "published") {
      const auto host_port = static_cast<std::uint16_t>(std::stoi(value));
      facts.published_tcp_ports = {
          {.container_port = kPort, .host_ip = "0.0.0.0", .host_port = host_port}};
    }
    if (key == "obstacle") facts.namespace_obstacle = value == "none" ? "" : "it needs " + value;
    if (key == "network" && value == "host") facts.network_mode = value;
    if (key == "network" && value == "none") facts.networks.clear();
    if (key == "shares") facts.network_mode = "container:" + containers_[value].facts.id.value;
    if (key == "shares") facts.networks.clear();
    if (key == "auto-remove") facts.auto_remove = value == "yes";
    if (key == "restart-count") facts.restart_count = std::stoi(value);
    if (key == "stop-signal") facts.stop_signal = value;
    if (key == "policy") {
      facts.restart_policy = value == "always"           ? RestartPolicy::kAlways
                             : value == "unless-stopped" ? RestartPolicy::kUnlessStopped
                             : value == "on-failure"     ? RestartPolicy::kOnFailure
                                                         : RestartPolicy::kNo;
    }
    if (key == "policy-most") facts.restart_maximum = std::stoi(value);
    if (key == "docker") {
      facts.docker_health = value == "healthy"     ? DockerHealth::kHealthy
                            : value == "unhealthy" ? DockerHealth::kUnhealthy
                                                   : DockerHealth::kStarting;
    }
  }
}

void FleetStory::SetSpec(const std::map<std::string, std::string>& settings,
                         spec::ServiceSpec& spec) {
  for (const auto& [key, value] : settings) {
    if (key == "rise") spec.health.rise = std::stoi(value);
    if (key == "fall") spec.health.fall = std::stoi(value);
    if (key == "priority") spec.priority = std::stoi(value);
    if (key == "liveness-fall") spec.liveness.fall = std::stoi(value);
    if (key == "start-period") spec.health.start_period = Time(value);
    if (key == "interval") spec.health.interval = Time(value);
    if (key == "protocol") {
      spec.health.protocol = value == "docker" ? spec::HealthProtocol::kDocker
                             : value == "none" ? spec::HealthProtocol::kNone
                                               : spec::HealthProtocol::kGrpc;
    }
    if (key == "retry") spec.traffic.retry.attempts = std::stoi(value);
    if (key == "cut") {
      spec.cut = value == "on"    ? spec::Cut::kOn
                 : value == "off" ? spec::Cut::kOff
                                  : spec::Cut::kAuto;
    }
    if (key == "suspicion") spec.suspicion = value == "yes";
    if (key == "on-network") spec.network = value;
    if (key == "weight") spec.weight = std::stoi(value);
    if (key == "repair") {
      spec.repair.mode = value == "evict"     ? spec::RepairMode::kEvict
                         : value == "observe" ? spec::RepairMode::kObserve
                                              : spec::RepairMode::kRestart;
    }
    if (key == "min") {
      const auto percent = ParsePercent(value);
      spec.repair.min_available = {.is_percent = percent.has_value(),
                                   .value = percent ? *percent : std::stoi(value)};
    }
    if (key == "cascade") spec.repair.cascade = value == "yes";
    if (key == "restarts-after") spec.ties.restarts_after = {value};
    if (key == "max-restarts") spec.repair.max_restarts = std::stoi(value);
    if (key == "window") spec.repair.window = Time(value);
    if (key == "backoff") spec.repair.backoff = Time(value);
    if (key == "drain") spec.drain_timeout = Time(value);
    if (key == "stop") spec.stop_timeout = Time(value);
    if (key == "timeout") spec.traffic.timeout = Time(value);
    if (key == "routable") spec.routable = value == "yes";
  }
}

// As the controller does it: a tick no later than each wake-up on the way.
void FleetStory::Wait(Duration duration) {
  const TimePoint end = now_ + duration;
  while (wake_at_ && *wake_at_ <= end) {
    now_ = std::max(now_, *wake_at_);
    Step(Tick{});
  }
  now_ = end;
}

void FleetStory::Probe(const StoryCommand& command) {
  const int times = std::stoi(command.Setting("times", "1"));
  const Duration every = Time(command.Setting("every", "0"));
  for (int i = 0; i < times; ++i) {
    if (i > 0) Wait(every);
    const spec::CheckClass check_class = ClassNamed(command.Word(1));
    Step(ProbeFinished{GenerationOf(command),
                       {.check_class = check_class,
                        .latency = Time(command.Setting("after", "0")),
                        .detail = "",
                        .asked_ip = command.Setting("from", ""),
                        .is_extra = command.Setting("extra", "no") == "yes",
                        .liveness = WordNamed(command.Setting("live", ""))}});
  }
}

void FleetStory::Operator(OperatorVerb verb, const StoryCommand& command) {
  Step(OperatorCommand{.command = next_command_++,
                       .verb = verb,
                       .replica = command.Word(0),
                       .actor = "uid 0",
                       .reason = command.Setting("reason", ""),
                       .force = command.Setting("force", "no") == "yes",
                       .scope = ScopeNamed(command.Setting("scope", "replica"))});
}

// try restart|drain|undrain|evict api.shop/1 [force=yes] [reason=]
void FleetStory::TellTrial(const StoryCommand& command) {
  static const std::map<std::string, OperatorVerb> kVerbs = {{"restart", OperatorVerb::kRestart},
                                                             {"drain", OperatorVerb::kDrain},
                                                             {"undrain", OperatorVerb::kUndrain},
                                                             {"evict", OperatorVerb::kEvict}};
  const Result<TrialRun> trial = fleet().TryOut({.command = 0,
                                                 .verb = kVerbs.at(command.Word(0)),
                                                 .replica = command.Word(1),
                                                 .actor = "uid 0",
                                                 .reason = command.Setting("reason", ""),
                                                 .force = command.Setting("force", "no") == "yes"});
  told_ += (trial ? trial->text : "no: " + trial.error().Text()) + "\n";
}

// finished ok|failed: answers the oldest act under way.
void FleetStory::Finished(const StoryCommand& command) {
  if (acts_.empty()) {
    told_ += "no act under way\n";
    return;
  }
  const Act act = acts_.front();
  acts_.pop_front();
  Step(ActionFinished{act.id, act.generation, OutcomeNamed(command.Word(0))});
}

// answer 1 api/1 ok|already|failed: of the engine about that act, whether it is under way or not
void FleetStory::Answered(const StoryCommand& command) {
  const Generation generation{.id = IdOf(command.Word(1)), .started_at = ""};
  const ActId act(std::stoull(command.Word(0)));
  Step(ActionFinished{act, generation, OutcomeNamed(command.Word(2))});
}

// callers-cut api/1 reset=3 left=1 | callers-cut api/1 failed
void FleetStory::CallersOf(const StoryCommand& command) {
  CallersCut event{.generation = GenerationOf(command),
                   .reset = std::stoi(command.Setting("reset", "0")),
                   .left = std::stoi(command.Setting("left", "0")),
                   .outcome = {}};
  if (command.Word(1) == "failed") {
    event.outcome = Fail(Code::kPermissionDenied, "reset connection: it needs NET_ADMIN");
  }
  Step(event);
}

void FleetStory::Adopt(const StoryCommand& command) {
  const std::string service = command.Word(0);
  const std::string revision = command.Setting("revision", std::to_string(revisions_[service]));
  Step(ViewAdopted{NameOf(service), std::stoull(revision)});
}

Generation FleetStory::GenerationOf(const StoryCommand& command) {
  Generation generation = containers_[command.Word(0)].facts.generation();
  const std::string life = command.Setting("life", "");
  if (!life.empty()) generation.started_at = "life-" + life;
  return generation;
}

void FleetStory::Step(const Event& event) {
  const Effects effects = fleet().Step(event, now_);
  wake_at_ = effects.wake_at;
  Tell(effects);
}

}  // namespace fairlead::fleet::testing
