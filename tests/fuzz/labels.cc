// The labels of a container: any of them give a reading with stable codes, and a spec that, where
// there is one, is inside every range that the core relies on.
#include "spec/read_labels.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "base/text.h"
#include "fuzz/targets.h"
#include "spec/diagnostic_codes.h"
#include "spec/label_table.h"
#include "spec/label_value.h"

namespace fairlead::fuzz {
namespace {

using spec::Diagnostic;
using spec::LabelReading;
using spec::ServiceSpec;
using namespace std::chrono_literals;

// One line each: key=value, a label; "^key=value", a default of the host; "!name", an exposed port
// by the name's length, a network, an allowed project and a TLS profile of that name.
struct Scene {
  ContainerFacts facts;
  spec::HostPolicy policy;
};

Scene Read(std::string_view input) {
  Scene scene;
  scene.facts.id = ContainerId("3f2a99c0ffee");
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    std::string line(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line.starts_with('!')) {
      line.erase(0, 1);
      scene.facts.exposed_tcp_ports.push_back(static_cast<std::uint16_t>(line.size() + 1));
      scene.facts.networks.push_back({.network = line, .network_id = "", .ipv4 = "", .ipv6 = ""});
      scene.policy.projects_allowed.insert(line);
      scene.policy.tls_profiles.insert(line);
      continue;
    }
    auto& map = line.starts_with('^') ? scene.policy.defaults : scene.facts.labels;
    if (line.starts_with('^')) line.erase(0, 1);
    const std::size_t equals = std::min(line.find('='), line.size());
    map[line.substr(0, equals)] = line.substr(std::min(equals + 1, line.size()));
  }
  return scene;
}

bool IsKnownCode(std::string_view code) {
  return std::ranges::any_of(spec::codes::kAll,
                             [&](const auto& known) { return known.code == code; });
}

void CheckDiagnostic(const Diagnostic& diagnostic) {
  CHECK(IsKnownCode(diagnostic.code));
  CHECK(!diagnostic.message.empty() && !diagnostic.hint.empty());
  for (const std::string* text : {&diagnostic.subject, &diagnostic.message, &diagnostic.hint}) {
    CHECK(Printable(*text, 16'384) == *text);
  }
}

bool IsInside(const std::string_view key, Duration value) {
  const spec::LabelRule* rule = spec::FindLabel(key);
  CHECK(rule != nullptr);
  return (rule->zero_is_off && value == Duration(0)) ||
         (value >= Duration(rule->minimum) && value <= Duration(rule->maximum));
}

bool IsInside(const std::string_view key, int value) {
  const spec::LabelRule* rule = spec::FindLabel(key);
  CHECK(rule != nullptr);
  return value >= rule->minimum && value <= rule->maximum;
}

void CheckSpec(const ServiceSpec& spec) {
  CHECK(!spec.routable || !spec.name.service.empty());
  CHECK(!spec.routable || spec.port != 0);
  CHECK(IsInside("weight", spec.weight));
  CHECK(IsInside("health.interval", spec.health.interval));
  CHECK(IsInside("health.timeout", spec.health.timeout));
  CHECK(IsInside("health.rise", spec.health.rise));
  CHECK(IsInside("health.fall", spec.health.fall));
  CHECK(IsInside("health.start-period", spec.health.start_period));
  CHECK(IsInside("health.ping", spec.health.ping));
  CHECK(IsInside("liveness.fall", spec.liveness.fall));
  CHECK(IsInside("repair.max-restarts", spec.repair.max_restarts));
  CHECK(IsInside("repair.window", spec.repair.window));
  CHECK(IsInside("repair.backoff", spec.repair.backoff));
  CHECK(IsInside("repair.backoff-max", spec.repair.backoff_max));
  CHECK(IsInside("drain.timeout", spec.drain_timeout));
  CHECK(!spec.stop_timeout || IsInside("stop.timeout", *spec.stop_timeout));
  CHECK(spec.repair.min_available.value >= 0);
  CHECK(!spec.repair.min_available.is_percent || spec.repair.min_available.value <= 100);
  CHECK(spec.traffic.retry.attempts >= 0 && spec.traffic.retry.attempts <= 5);
  CHECK(spec.traffic.retry.backoff_base <= spec.traffic.retry.backoff_max);
  CHECK(!spec.compose_number || *spec.compose_number > 0);
}

}  // namespace

int FuzzLabels(std::string_view input) {
  const Scene scene = Read(input);
  const LabelReading reading = spec::ReadLabels(scene.facts, scene.policy);
  CHECK(reading.opted_in || !reading.spec);
  bool has_error = false;
  for (const Diagnostic& diagnostic : reading.diagnostics) {
    CheckDiagnostic(diagnostic);
    has_error = has_error || diagnostic.severity == spec::Severity::kError;
  }
  CHECK(!(has_error && reading.spec));
  // Who asks and is not managed is told why.
  CHECK(!reading.opted_in || reading.spec || !reading.diagnostics.empty());
  if (reading.spec) CheckSpec(*reading.spec);
  const LabelReading again = spec::ReadLabels(scene.facts, scene.policy);
  CHECK(again.spec == reading.spec && again.diagnostics == reading.diagnostics);
  return 0;
}

}  // namespace fairlead::fuzz
