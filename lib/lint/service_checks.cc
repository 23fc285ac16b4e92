#include "lint/service_checks.h"

#include <fmt/format.h>

#include <charconv>
#include <set>

#include "base/backoff.h"
#include "base/text.h"
#include "lint/codes.h"

namespace fairlead::lint {
namespace {

namespace label_codes = spec::codes;
using spec::Severity;

constexpr Duration kStopGraceDefault = std::chrono::seconds(10);  // Compose's and the engine's
constexpr int kReplicasMax = 100'000;

int ReplicasOf(const ComposeService& service) {
  if (!service.replicas) return 1;
  const std::string& text = service.replicas->text;
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && count >= 0 && count <= kReplicasMax ? count : 1;
}

RestartPolicy PolicyOf(const std::optional<Placed>& restart) {
  if (!restart) return RestartPolicy::kNo;
  if (restart->text == "always") return RestartPolicy::kAlways;
  if (restart->text == "unless-stopped") return RestartPolicy::kUnlessStopped;
  return restart->text.starts_with("on-failure") ? RestartPolicy::kOnFailure : RestartPolicy::kNo;
}

bool HasHealthcheck(const ComposeService& service) {
  return service.healthcheck && service.healthcheck->test && !service.healthcheck->is_disabled;
}

// What the engine would say of its containers.
ContainerFacts FactsOf(const ComposeService& service, const ComposeProject& compose,
                       const std::string& project) {
  ContainerFacts facts;
  facts.name = project + "-" + service.name + "-1";
  for (const auto& [key, value] : service.labels) facts.labels[key] = value.text;
  facts.labels["com.docker.compose.project"] = project;
  facts.labels["com.docker.compose.service"] = service.name;
  facts.labels["com.docker.compose.config-hash"] = "lint";
  facts.labels["com.docker.compose.container-number"] = "1";
  facts.labels["com.docker.compose.oneoff"] = "False";
  facts.exposed_tcp_ports.assign(service.ports.begin(), service.ports.end());
  facts.restart_policy = PolicyOf(service.restart);
  facts.has_healthcheck = HasHealthcheck(service);
  if (service.network_mode) facts.network_mode = service.network_mode->text;
  std::set<std::string> networks = service.networks;
  if (networks.empty() && !service.network_mode) networks.insert("default");
  for (const std::string& network : networks) {
    const auto named = compose.networks.find(network);
    const std::string name =
        named != compose.networks.end() ? named->second : project + "_" + network;
    facts.networks.push_back(
        {.network = name, .network_id = name, .ipv4 = "192.0.2.1", .ipv6 = ""});
  }
  return facts;
}

// The host's config is not here: what it alone can know is taken as given.
spec::HostPolicy PolicyFor(const ContainerFacts& facts) {
  spec::HostPolicy policy;
  if (const auto tls = facts.labels.find("fairlead.health.tls"); tls != facts.labels.end())
    policy.tls_profiles.insert(tls->second);
  return policy;
}

class Checker {
 public:
  explicit Checker(const std::map<std::string, Placed>& labels, Mark mark)
      : labels_(labels), mark_(mark) {}

  void Read(const ContainerFacts& facts, bool is_healthcheck_disabled) {
    spec::LabelReading reading = spec::ReadLabels(facts, PolicyFor(facts));
    checked_.opted_in = reading.opted_in;
    checked_.spec = std::move(reading.spec);
    for (spec::Diagnostic& diagnostic : reading.diagnostics) {
      // What the image may say is not known here.
      if (diagnostic.code == label_codes::kPortRequired && facts.exposed_tcp_ports.empty()) {
        diagnostic.severity = Severity::kWarning;
        diagnostic.message =
            "nothing here says on which port it serves, so its image has to expose exactly one";
      }
      if (diagnostic.code == label_codes::kHealthcheckMissing && !is_healthcheck_disabled) {
        diagnostic.severity = Severity::kWarning;
        diagnostic.message =
            "it asks for the verdict of a HEALTHCHECK and has none here, so its image has to";
      }
      if (diagnostic.code == label_codes::kProjectRefused) {
        diagnostic.severity = Severity::kWarning;
        diagnostic.hint += "; or the host's policy.projects allows it";
      }
      Tell(diagnostic.severity, diagnostic.code, MarkOf(diagnostic.subject), diagnostic.subject,
           diagnostic.message, diagnostic.hint);
    }
  }

  void Warn(std::string_view code, Mark mark, std::string subject, std::string message,
            std::string hint) {
    Tell(Severity::kWarning, code, mark, std::move(subject), std::move(message), std::move(hint));
  }
  void Tell(Severity severity, std::string_view code, Mark mark, std::string subject,
            std::string message, std::string hint) {
    checked_.problems.push_back({.mark = mark,
                                 .severity = severity,
                                 .code = std::string(code),
                                 .subject = std::move(subject),
                                 .message = std::move(message),
                                 .hint = std::move(hint)});
  }

  bool Has(const std::string& label) const { return labels_.contains(label); }
  // Where the label is written, else where the service is.
  Mark MarkOf(const std::string& label) const {
    const auto found = labels_.find(label);
    return found == labels_.end() ? mark_ : found->second.mark;
  }

  // Back-off may spread the restarts so far that the window never holds all of them.
  void CheckBudget() {
    if (!checked_.spec) return;
    const spec::RepairSpec& repair = checked_.spec->repair;
    if (repair.mode != spec::RepairMode::kRestart) return;
    const DoublingBackoff backoff{.first = repair.backoff, .most = repair.backoff_max};
    Duration needed{};
    for (int i = 0; i + 1 < repair.max_restarts && needed < repair.window; ++i)
      needed += backoff.Wait(i);
    if (needed < repair.window) return;
    const std::string key = "fairlead.repair.max-restarts";
    Warn(codes::kBudgetUnreachable, MarkOf(key), key,
         fmt::format("back-off alone spreads {} restarts over more than the window of {}, so it "
                     "never gives up",
                     repair.max_restarts, FormatDuration(repair.window)),
         "write fewer restarts, a longer fairlead.repair.window or a shorter "
         "fairlead.repair.backoff-max");
  }

  CheckedService& checked() { return checked_; }
  CheckedService Take() { return std::move(checked_); }

 private:
  const std::map<std::string, Placed>& labels_;
  const Mark mark_;
  CheckedService checked_;
};

void CheckDeploy(const ComposeService& service, Checker& checker) {
  for (const auto& [key, mark] : service.deploy_labels) {
    if (!key.starts_with("fairlead.")) continue;
    checker.Tell(Severity::kError, codes::kLabelsUnderDeploy, mark, Printable(key),
                 "labels under `deploy` are no labels of the containers, so fairlead never sees it",
                 "move it to `labels:` of the service itself");
  }
}

void CheckScale(const ComposeService& service, int replicas, Checker& checker) {
  if (!service.container_name || replicas < 2) return;
  checker.Tell(
      Severity::kError, codes::kContainerNameScaled, service.container_name->mark, "container_name",
      fmt::format("one name cannot be given to {} containers; Compose refuses it", replicas),
      "remove container_name, or the number of replicas");
}

void CheckNetworkMode(const ComposeService& service, Checker& checker) {
  if (!service.network_mode || service.network_mode->text != "none") return;
  checker.Tell(Severity::kError, codes::kNetworkNone, service.network_mode->mark, "network_mode",
               "without a network no caller reaches it, and it is out(no-shared-network)",
               "remove `network_mode: none`");
}

void CheckStopGrace(const ComposeService& service, const spec::ServiceSpec& spec,
                    Checker& checker) {
  const std::string drain = "fairlead.drain.timeout";
  if (!service.stop_grace_period && !checker.Has(drain)) return;
  Duration grace = kStopGraceDefault;
  if (service.stop_grace_period) {
    const auto written = ParseDuration(service.stop_grace_period->text);
    if (!written) return;
    grace = *written;
  }
  if (spec.drain_timeout <= grace) return;
  checker.Warn(
      codes::kStopGraceShort,
      service.stop_grace_period ? service.stop_grace_period->mark : checker.MarkOf(drain),
      "stop_grace_period",
      fmt::format("whoever else stops it has it killed after {}, while its calls may take {} "
                  "(fairlead.drain.timeout)",
                  FormatDuration(grace), FormatDuration(spec.drain_timeout)),
      fmt::format("write stop_grace_period: {}", FormatDuration(spec.drain_timeout)));
}

void CheckStartPeriod(const ComposeService& service, const spec::ServiceSpec& spec,
                      Checker& checker) {
  if (!service.healthcheck || !service.healthcheck->start_period) return;
  const auto needed = ParseDuration(service.healthcheck->start_period->text);
  if (!needed || *needed <= spec.health.start_period) return;
  const std::string key = "fairlead.health.start-period";
  checker.Warn(
      codes::kStartPeriodShort,
      checker.Has(key) ? checker.MarkOf(key) : service.healthcheck->start_period->mark, key,
      fmt::format("its health check gives it {} to start, fairlead only {}, and may restart "
                  "it before it is up",
                  FormatDuration(*needed), FormatDuration(spec.health.start_period)),
      fmt::format("write {}={}", key, FormatDuration(*needed)));
}

void CheckMinAvailable(const spec::ServiceSpec& spec, int replicas, Checker& checker) {
  const std::string key = "fairlead.repair.min-available";
  const int stay = spec.repair.min_available.Of(replicas);
  if (replicas == 0 || stay < replicas || !spec.routable || !checker.Has(key)) return;
  // The only replica may be restarted all the same, and a repair of what is out is never held.
  if (replicas == 1 && stay <= 1) return;
  checker.Warn(codes::kMinAvailableForbids, checker.MarkOf(key), key,
               fmt::format("{} of {} replicas have to stay available, so none that is may ever be "
                           "drained, restarted or repaired without force",
                           stay, replicas),
               "write fewer, or run more replicas");
}

}  // namespace

CheckedService CheckService(const ComposeService& service, const ComposeProject& compose,
                            const std::string& project) {
  Checker checker(service.labels, service.mark);
  const ContainerFacts facts = FactsOf(service, compose, project);
  checker.Read(facts, service.healthcheck && service.healthcheck->is_disabled);
  CheckDeploy(service, checker);
  if (!checker.checked().opted_in) return checker.Take();
  const int replicas = ReplicasOf(service);
  CheckScale(service, replicas, checker);
  CheckNetworkMode(service, checker);
  if (!checker.checked().spec) {
    // What the image decides is taken as said, so that the rest is looked at.
    ContainerFacts assumed = facts;
    if (assumed.exposed_tcp_ports.empty()) assumed.exposed_tcp_ports = {1};
    assumed.has_healthcheck = true;
    checker.checked().spec = spec::ReadLabels(assumed, PolicyFor(assumed)).spec;
    if (!checker.checked().spec) return checker.Take();
    if (facts.exposed_tcp_ports.empty()) checker.checked().spec->port = 0;
  }
  const spec::ServiceSpec spec = *checker.checked().spec;
  CheckStopGrace(service, spec, checker);
  CheckStartPeriod(service, spec, checker);
  CheckMinAvailable(spec, replicas, checker);
  checker.CheckBudget();
  return checker.Take();
}

CheckedService CheckLabelSet(const std::map<std::string, Placed>& labels) {
  ContainerFacts facts;
  for (const auto& [key, value] : labels) facts.labels[key] = value.text;
  Mark first;
  if (!labels.empty()) first.file = labels.begin()->second.mark.file;
  Checker checker(labels, first);
  checker.Read(facts, false);
  checker.CheckBudget();
  return checker.Take();
}

}  // namespace fairlead::lint
