#include "spec/read_labels.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "spec/check_profile.h"
#include "spec/compose_labels.h"
#include "spec/contradictions.h"
#include "spec/diagnostic_codes.h"
#include "spec/did_you_mean.h"
#include "spec/label_reader.h"
#include "spec/naming.h"
#include "spec/unknown_labels.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

constexpr const char* kAutohealLabel = "autoheal";
constexpr const char* kAutohealStopTimeout = "autoheal.stop.timeout";
constexpr std::int64_t kAutohealStopSecondsMax = 3600;  // as fairlead.stop.timeout

// A choice's index is its enum's value: the words stand in the table in the enum's order.
template <class Enum>
Enum ReadChoice(LabelReader& reader, std::string_view key) {
  return static_cast<Enum>(reader.Get<int>(key));
}

HealthSpec ReadHealth(std::uint16_t port, LabelReader& reader) {
  HealthSpec health;
  health.protocol = ReadChoice<HealthProtocol>(reader, "health.protocol");
  health.mode = ReadChoice<HealthMode>(reader, "health.mode");
  health.service = reader.InForce<std::string>("health.service").value_or("");
  health.port = static_cast<std::uint16_t>(reader.InForce<int>("health.port").value_or(port));
  health.path = reader.Get<std::string>("health.path");
  health.interval = reader.Get<Duration>("health.interval");
  health.timeout = reader.Get<Duration>("health.timeout");
  health.rise = reader.Get<int>("health.rise");
  health.fall = reader.Get<int>("health.fall");
  health.start_period = reader.Get<Duration>("health.start-period");
  health.tls_profile = reader.InForce<std::string>("health.tls").value_or("");
  health.ping = reader.Get<Duration>("health.ping");
  return health;
}

RepairSpec ReadRepair(LabelReader& reader) {
  RepairSpec repair;
  repair.mode = ReadChoice<RepairMode>(reader, "repair");
  repair.min_available = reader.Get<CountOrPercent>("repair.min-available");
  repair.max_restarts = reader.Get<int>("repair.max-restarts");
  repair.window = reader.Get<Duration>("repair.window");
  repair.backoff = reader.Get<Duration>("repair.backoff");
  repair.backoff_max = reader.Get<Duration>("repair.backoff-max");
  repair.cascade = reader.Get<bool>("repair.cascade");
  return repair;
}

TlsSpec ReadTls(std::uint16_t port, LabelReader& reader) {
  TlsSpec tls;
  const auto source = reader.Get<std::string>("tls");
  if (source == "auto") tls.source = TlsSource::kAuto;
  if (source.starts_with(kTlsFiles)) {
    tls.source = TlsSource::kFiles;
    tls.profile = source.substr(kTlsFiles.size());
  }
  if (!tls.is_on()) return tls;
  tls.mode = ReadChoice<TlsMode>(reader, "tls.mode");
  tls.port = static_cast<std::uint16_t>(reader.InForce<int>("tls.port").value_or(port));
  return tls;
}

TrafficSpec ReadTraffic(std::uint16_t port, LabelReader& reader) {
  TrafficSpec traffic;
  traffic.policy = ReadChoice<LbPolicy>(reader, "lb.policy");
  traffic.hash_header = reader.InForce<std::string>("lb.hash-header").value_or("");
  traffic.timeout = reader.InForce<Duration>("timeout");
  traffic.retry.attempts = reader.InForce<int>("retry.attempts").value_or(0);
  traffic.retry.on = reader.Get<std::vector<std::string>>("retry.on");
  const auto backoff = reader.Get<DurationRange>("retry.backoff");
  traffic.retry.backoff_base = backoff.from;
  traffic.retry.backoff_max = backoff.to;
  traffic.gateway.is_on = reader.Get<bool>("gateway");
  traffic.gateway.prefix = reader.InForce<std::string>("gateway.prefix").value_or("");
  traffic.gateway.hosts = reader.InForce<std::vector<std::string>>("gateway.hosts")
                              .value_or(std::vector<std::string>());
  traffic.gateway.descriptor = reader.InForce<std::string>("gateway.descriptor").value_or("");
  traffic.gateway.forwards_auth = reader.Get<int>("gateway.auth") == 0;
  traffic.gateway.cors =
      reader.InForce<std::vector<std::string>>("gateway.cors").value_or(std::vector<std::string>());
  traffic.tls = ReadTls(port, reader);
  return traffic;
}

void RequireTlsProfile(std::string_view key, const std::string& name, const HostPolicy& policy,
                       LabelReader& reader) {
  if (name.empty() || policy.tls_profiles.contains(name)) return;
  const std::vector<std::string_view> known(policy.tls_profiles.begin(), policy.tls_profiles.end());
  const auto guess = DidYouMean(name, known);
  reader.Refuse(codes::kTlsProfileUnknown, key,
                fmt::format("the host's config has no TLS profile {}; the container is not managed",
                            Quoted(name)),
                guess ? fmt::format("did you mean {}?", *guess)
                      : "name one of tls_profiles in the host's config, or have it added there");
}

// A server that speaks TLS is asked as its callers call it, unless labels of its checks say
// otherwise. A permissive one, too: what is to become the only way must be known to work before.
void AskOverTls(ServiceSpec& spec, LabelReader& reader) {
  const TlsSpec& tls = spec.traffic.tls;
  if (!tls.is_on() || reader.InForce<int>("health.port")) return;
  spec.health.port = tls.port;
  const auto protocol = static_cast<unsigned>(spec.health.protocol);
  const bool can_tls = (FindLabel("health.tls")->protocols >> protocol & 1U) != 0;
  if (can_tls && spec.health.tls_profile.empty()) {
    spec.health.tls_profile = CheckProfileOf(tls, spec.name);
  }
}

void RequireHealthcheck(const ContainerFacts& facts, const HealthSpec& health, std::string subject,
                        LabelReader& reader) {
  if (health.protocol != HealthProtocol::kDocker || facts.has_healthcheck) return;
  reader.ReportAs(Severity::kError, codes::kHealthcheckMissing, std::move(subject),
                  "it asks for the verdict of a HEALTHCHECK, but the container has none; it is not "
                  "managed",
                  "add a HEALTHCHECK to the image or `healthcheck:` to the Compose service");
}

// True if the container runs for a service without being a replica of it.
bool RefuseHelpers(const ComposeIdentity& compose, LabelReader& reader) {
  if (compose.role == ComposeRole::kOneOff) {
    reader.ReportAs(Severity::kError, codes::kComposeOneOff, "com.docker.compose.oneoff",
                    "a container of `docker compose run` is no replica; it is not managed",
                    "nothing to do; start replicas with `docker compose up`");
  } else if (compose.role == ComposeRole::kHook) {
    reader.ReportAs(Severity::kError, codes::kComposeHook, "com.docker.compose.hook",
                    "a container that runs a Compose hook is no replica; it is not managed",
                    "nothing to do");
  }
  return compose.role == ComposeRole::kOneOff || compose.role == ComposeRole::kHook;
}

ComposeTies ReadTies(const ComposeIdentity& compose) {
  if (compose.role != ComposeRole::kReplica) return {};
  ComposeTies ties{.project = compose.project, .service = compose.service, .restarts_after = {}};
  for (const ComposeDependency& edge : compose.depends_on) {
    if (edge.restart) ties.restarts_after.push_back(edge.service);
  }
  return ties;
}

ServiceSpec ReadManaged(const ContainerFacts& facts, const HostPolicy& policy,
                        const ComposeIdentity& compose, LabelReader& reader) {
  ServiceSpec spec;
  spec.name = ReadName(compose, policy, reader);
  spec.compose_number = compose.number;
  spec.ties = ReadTies(compose);
  spec.port = ReadPort(facts, reader);
  spec.network = ReadNetwork(facts, compose, reader);
  spec.weight = reader.Get<int>("weight");
  spec.priority = reader.Get<int>("priority");
  spec.health = ReadHealth(spec.port, reader);
  spec.suspicion = reader.Get<bool>("suspicion");
  spec.cut = ReadChoice<Cut>(reader, "cut");
  spec.liveness.service = reader.InForce<std::string>("liveness.service");
  spec.liveness.fall = reader.Get<int>("liveness.fall");
  spec.repair = ReadRepair(reader);
  spec.drain_timeout = reader.Get<Duration>("drain.timeout");
  spec.stop_timeout = reader.InForce<Duration>("stop.timeout");
  spec.traffic = ReadTraffic(spec.port, reader);
  RequireTlsProfile("health.tls", spec.health.tls_profile, policy, reader);
  RequireTlsProfile("tls", spec.traffic.tls.profile, policy, reader);
  AskOverTls(spec, reader);
  RequireHealthcheck(facts, spec.health, "fairlead.health.protocol", reader);
  SettleContradictions(facts, spec, reader);
  ReportLabelsWithoutEffect(spec, reader);
  return spec;
}

std::optional<Duration> AutohealStopTimeout(const ContainerFacts& facts, LabelReader& reader) {
  const auto label = facts.labels.find(kAutohealStopTimeout);
  if (label == facts.labels.end()) return reader.InForce<Duration>("stop.timeout");
  const auto seconds = ParseWholeNumber(label->second);
  if (seconds && *seconds <= kAutohealStopSecondsMax) return std::chrono::seconds(*seconds);
  reader.ReportAs(Severity::kWarning, codes::kLabelBadDuration, kAutohealStopTimeout,
                  Quoted(label->second) + " is not a number of seconds; using the container's own",
                  fmt::format("write whole seconds from 0 to {}, e.g. {}=10",
                              kAutohealStopSecondsMax, kAutohealStopTimeout));
  return reader.InForce<Duration>("stop.timeout");
}

// What docker-autoheal does with the label, within our budgets: repaired, member of no service.
ServiceSpec ReadAutoheal(const ContainerFacts& facts, const ComposeIdentity& compose,
                         LabelReader& reader) {
  ServiceSpec spec;
  spec.name = NameWithoutService(compose, facts);
  spec.compose_number = compose.number;
  spec.ties = ReadTies(compose);
  spec.routable = false;
  spec.health = ReadHealth(0, reader);
  spec.health.protocol = HealthProtocol::kDocker;
  spec.health.port = 0;
  spec.health.tls_profile.clear();
  spec.liveness.fall = reader.Get<int>("liveness.fall");
  spec.repair = ReadRepair(reader);
  spec.repair.mode = RepairMode::kRestart;
  spec.drain_timeout = reader.Get<Duration>("drain.timeout");
  spec.stop_timeout = AutohealStopTimeout(facts, reader);
  RequireHealthcheck(facts, spec.health, kAutohealLabel, reader);
  SettleContradictions(facts, spec, reader);
  return spec;
}

bool AsksForAutoheal(const ContainerFacts& facts) {
  const auto label = facts.labels.find(kAutohealLabel);
  return label != facts.labels.end() && label->second == "true";  // exactly, as autoheal does
}

void ReportNotEnabled(const ContainerFacts& facts, bool autoheal, LabelReader& reader) {
  ReportUnknownLabels(facts.labels, reader);
  if (reader.IsPresent("enable") || !HasOurLabels(facts.labels)) return;
  reader.Warn(codes::kLabelNotEnabled, "enable",
              autoheal ? "there are fairlead labels, but only autoheal=true asks for management; "
                         "they are ignored"
                       : "there are fairlead labels, but nothing asks for management",
              "add fairlead.enable=true");
}

}  // namespace

LabelReading ReadLabels(const ContainerFacts& facts, const HostPolicy& policy) {
  LabelReading reading;
  LabelReader reader(facts.labels, policy.defaults);
  const auto enabled = reader.Written<bool>("enable");
  const bool autoheal = !enabled && !reader.IsPresent("enable") && AsksForAutoheal(facts);
  reading.opted_in = enabled.value_or(autoheal);
  if (enabled == false) return reading;  // said no: nothing to tell
  const ComposeIdentity compose = ReadCompose(facts.labels);
  std::optional<ServiceSpec> spec;
  if (!reading.opted_in) {
    ReportNotEnabled(facts, false, reader);
  } else if (!RefuseHelpers(compose, reader)) {
    if (autoheal) {
      ReportNotEnabled(facts, true, reader);
      static const std::map<std::string, std::string> kNoLabels;
      LabelReader host_only(kNoLabels, policy.defaults);
      spec = ReadAutoheal(facts, compose, host_only);
      for (Diagnostic& told : host_only.TakeDiagnostics()) {
        reader.ReportAs(told.severity, told.code, told.subject, told.message, told.hint);
      }
    } else {
      ReportUnknownLabels(facts.labels, reader);
      spec = ReadManaged(facts, policy, compose, reader);
    }
  }
  if (spec && policy.observe_only) spec->repair.mode = RepairMode::kObserve;
  if (!reader.has_error()) reading.spec = std::move(spec);
  reading.diagnostics = reader.TakeDiagnostics();
  return reading;
}

}  // namespace fairlead::spec
