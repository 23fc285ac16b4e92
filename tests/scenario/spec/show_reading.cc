#include "scenario/spec/show_reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "spec/label_table.h"
#include "spec/replica_name.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

std::string Word(std::string_view key, int index) {
  return std::string(SplitList(FindLabel(key)->choices)[static_cast<std::size_t>(index)]);
}

std::string CutWord(Cut cut) {
  return cut == Cut::kAuto ? "auto" : cut == Cut::kOn ? "true" : "false";
}

std::string Text(bool value) {
  return value ? "true" : "false";
}
std::string Text(Duration value) {
  return FormatDuration(value);
}
std::string Text(const std::string& value) {
  return value.empty() ? "(empty)" : value;
}
std::string Text(int value) {
  return fmt::format("{}", value);
}
std::string Text(std::uint16_t value) {
  return fmt::format("{}", value);
}
std::string Text(CountOrPercent value) {
  return fmt::format("{}{}", value.value, value.is_percent ? "%" : "");
}
std::string Text(const std::vector<std::string>& value) {
  return fmt::format("{}", fmt::join(value, ","));
}
template <class T>
std::string Text(const std::optional<T>& value) {
  return value ? Text(*value) : "(unset)";
}

class Changes {
 public:
  template <class T>
  void Field(std::string_view name, const T& value, const T& usual) {
    if (value != usual) text_ += fmt::format("  {} {}\n", name, Text(value));
  }
  template <class Enum>
  void Choice(std::string_view key, Enum value, Enum usual) {
    if (value != usual) text_ += fmt::format("  {} {}\n", key, Word(key, static_cast<int>(value)));
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string ShowSpec(const ServiceSpec& spec) {
  const ServiceSpec usual;
  Changes changes;
  changes.Field("port", spec.port, usual.port);
  changes.Field("routable", spec.routable, usual.routable);
  changes.Field("network", spec.network, usual.network);
  changes.Field("weight", spec.weight, usual.weight);
  changes.Field("priority", spec.priority, usual.priority);
  changes.Choice("health.protocol", spec.health.protocol, usual.health.protocol);
  changes.Choice("health.mode", spec.health.mode, usual.health.mode);
  changes.Field("health.service", spec.health.service, usual.health.service);
  changes.Field("health.port", spec.health.port, spec.port);
  changes.Field("health.path", spec.health.path, usual.health.path);
  changes.Field("health.interval", spec.health.interval, usual.health.interval);
  changes.Field("health.timeout", spec.health.timeout, usual.health.timeout);
  changes.Field("health.rise", spec.health.rise, usual.health.rise);
  changes.Field("health.fall", spec.health.fall, usual.health.fall);
  changes.Field("health.start-period", spec.health.start_period, usual.health.start_period);
  changes.Field("health.tls", spec.health.tls_profile, usual.health.tls_profile);
  changes.Field("health.ping", spec.health.ping, usual.health.ping);
  changes.Field("suspicion", spec.suspicion, usual.suspicion);
  changes.Field("cut", CutWord(spec.cut), CutWord(usual.cut));
  changes.Field("liveness.service", spec.liveness.service, usual.liveness.service);
  changes.Field("liveness.fall", spec.liveness.fall, usual.liveness.fall);
  changes.Choice("repair", spec.repair.mode, usual.repair.mode);
  changes.Field("repair.min-available", spec.repair.min_available, usual.repair.min_available);
  changes.Field("repair.max-restarts", spec.repair.max_restarts, usual.repair.max_restarts);
  changes.Field("repair.window", spec.repair.window, usual.repair.window);
  changes.Field("repair.backoff", spec.repair.backoff, usual.repair.backoff);
  changes.Field("repair.backoff-max", spec.repair.backoff_max, usual.repair.backoff_max);
  changes.Field("repair.cascade", spec.repair.cascade, usual.repair.cascade);
  changes.Field("drain.timeout", spec.drain_timeout, usual.drain_timeout);
  changes.Field("stop.timeout", spec.stop_timeout, usual.stop_timeout);
  changes.Choice("lb.policy", spec.traffic.policy, usual.traffic.policy);
  changes.Field("lb.hash-header", spec.traffic.hash_header, usual.traffic.hash_header);
  changes.Field("timeout", spec.traffic.timeout, usual.traffic.timeout);
  changes.Field("retry.attempts", spec.traffic.retry.attempts, usual.traffic.retry.attempts);
  changes.Field("retry.on", spec.traffic.retry.on, usual.traffic.retry.on);
  changes.Field("retry.backoff from", spec.traffic.retry.backoff_base,
                usual.traffic.retry.backoff_base);
  changes.Field("retry.backoff to", spec.traffic.retry.backoff_max,
                usual.traffic.retry.backoff_max);
  changes.Field("gateway", spec.traffic.gateway.is_on, usual.traffic.gateway.is_on);
  changes.Field("gateway.prefix", spec.traffic.gateway.prefix, usual.traffic.gateway.prefix);
  changes.Field("gateway.hosts", spec.traffic.gateway.hosts, usual.traffic.gateway.hosts);
  changes.Field("gateway.descriptor", spec.traffic.gateway.descriptor,
                usual.traffic.gateway.descriptor);
  changes.Field("gateway.forwards_auth", spec.traffic.gateway.forwards_auth,
                usual.traffic.gateway.forwards_auth);
  changes.Field("gateway.cors", spec.traffic.gateway.cors, usual.traffic.gateway.cors);
  const TlsSpec& tls = spec.traffic.tls;
  changes.Field("tls", tls.is_on(), false);
  changes.Field("tls.profile", tls.profile, usual.traffic.tls.profile);
  changes.Choice("tls.mode", tls.mode, usual.traffic.tls.mode);
  changes.Field("tls.port", tls.port, tls.is_on() ? spec.port : usual.traffic.tls.port);
  return changes.Take();
}

}  // namespace

std::string ShowReading(const LabelReading& reading, const ContainerFacts& facts) {
  std::string text;
  if (reading.spec) {
    text = fmt::format("managed as {}\n", ReplicaName(*reading.spec, facts.id)) +
           ShowSpec(*reading.spec);
  } else {
    text = reading.opted_in ? "asks, not managed\n" : "does not ask\n";
  }
  for (const Diagnostic& d : reading.diagnostics) {
    text += fmt::format("{} {} at {}: {}\n  hint: {}\n", SeverityName(d.severity), d.code,
                        d.subject, d.message, d.hint);
  }
  return text;
}

}  // namespace fairlead::spec
