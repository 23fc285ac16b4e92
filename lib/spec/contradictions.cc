#include "spec/contradictions.h"

#include <fmt/format.h>

#include "base/text.h"
#include "spec/diagnostic_codes.h"
#include "spec/words.h"

namespace fairlead::spec {
namespace {

bool ChecksEachInterval(const HealthSpec& health) {
  const bool watches_only =
      health.protocol == HealthProtocol::kGrpc && health.mode == HealthMode::kWatch;
  return (kChecksByUs >> static_cast<unsigned>(health.protocol) & 1U) != 0 && !watches_only;
}

void SettleCheckTimes(HealthSpec& health, LabelReader& reader) {
  if (ChecksEachInterval(health) && health.timeout > health.interval) {
    if (reader.IsWritten("health.timeout")) {
      reader.Warn(codes::kLabelContradiction, "health.timeout",
                  fmt::format("{} is longer than the interval of {}; using {}",
                              FormatDuration(health.timeout), FormatDuration(health.interval),
                              FormatDuration(health.interval)),
                  fmt::format("write at most {}, or a longer fairlead.health.interval",
                              FormatDuration(health.interval)));
    }
    health.timeout = health.interval;
  }
  const bool is_too_short = health.start_period > Duration::zero() &&
                            health.start_period < health.interval &&
                            reader.IsWritten("health.start-period");
  if (ChecksEachInterval(health) && is_too_short) {
    reader.Warn(codes::kLabelContradiction, "health.start-period",
                fmt::format("{} end before the second check, which comes after {}",
                            FormatDuration(health.start_period), FormatDuration(health.interval)),
                "write several intervals, or 0s to count failures from the start");
  }
}

void SettleLiveness(ServiceSpec& spec, LabelReader& reader) {
  LivenessSpec& liveness = spec.liveness;
  if (liveness.service && *liveness.service == spec.health.service) {
    reader.Warn(codes::kLabelContradiction, "liveness.service",
                fmt::format("{} is also asked for readiness, where NOT_SERVING must never restart; "
                            "it is ignored",
                            Quoted(*liveness.service)),
                "give liveness a health name of its own, or remove the label");
    liveness.service.reset();
  }
  if (liveness.fall >= spec.health.fall) return;
  if (reader.IsWritten("liveness.fall")) {
    reader.Warn(codes::kLabelContradiction, "liveness.fall",
                fmt::format("{} would repair before fairlead.health.fall={} takes it out; using {}",
                            liveness.fall, spec.health.fall, spec.health.fall),
                fmt::format("write at least {}", spec.health.fall));
  }
  liveness.fall = spec.health.fall;
}

void SettleRepair(const ContainerFacts& facts, RepairSpec& repair, LabelReader& reader) {
  if (repair.backoff > repair.backoff_max) {
    if (reader.IsWritten("repair.backoff-max")) {
      reader.Warn(codes::kLabelContradiction, "repair.backoff-max",
                  fmt::format("{} is shorter than the first wait of {}; using {}",
                              FormatDuration(repair.backoff_max), FormatDuration(repair.backoff),
                              FormatDuration(repair.backoff)),
                  fmt::format("write at least {}", FormatDuration(repair.backoff)));
    }
    repair.backoff_max = repair.backoff;
  }
  if (repair.mode != RepairMode::kEvict) return;
  if (facts.restart_policy == RestartPolicy::kAlways) {
    reader.Warn(
        codes::kRestartPolicyConflict, "repair",
        "an evicted container is to stay stopped, but its restart policy `always` starts it "
        "again when the engine restarts",
        "use the restart policy unless-stopped");
  }
  if (facts.auto_remove) {
    reader.Warn(codes::kRestartPolicyConflict, "repair",
                "an evicted container is to stay for inspection, but the engine removes this one "
                "(--rm) as soon as it stops",
                "start it without --rm");
  }
}

void SettleTraffic(TrafficSpec& traffic, LabelReader& reader) {
  if (traffic.policy != LbPolicy::kRingHash || !traffic.hash_header.empty()) return;
  reader.Warn(codes::kLabelContradiction, "lb.policy",
              "ring_hash needs a header to hash; using round_robin",
              "add fairlead.lb.hash-header=NAME, e.g. x-user-id");
  traffic.policy = LbPolicy::kRoundRobin;
}

}  // namespace

void SettleContradictions(const ContainerFacts& facts, ServiceSpec& spec, LabelReader& reader) {
  SettleCheckTimes(spec.health, reader);
  SettleLiveness(spec, reader);
  SettleRepair(facts, spec.repair, reader);
  SettleTraffic(spec.traffic, reader);
}

void ReportLabelsWithoutEffect(const ServiceSpec& spec, LabelReader& reader) {
  const auto protocol = static_cast<unsigned>(spec.health.protocol);
  const auto protocols = SplitList(FindLabel("health.protocol")->choices);
  for (const LabelRule& rule : LabelTable()) {
    if ((rule.protocols >> protocol & 1U) != 0 || !reader.IsWritten(rule.key)) continue;
    reader.Warn(
        codes::kLabelNoEffect, rule.key,
        fmt::format("it does nothing with fairlead.health.protocol={}", protocols[protocol]),
        "remove it, or change the protocol");
  }
  if (!spec.traffic.hash_header.empty() && spec.traffic.policy != LbPolicy::kRingHash) {
    if (reader.IsWritten("lb.hash-header")) {
      reader.Warn(codes::kLabelNoEffect, "lb.hash-header", "only ring_hash hashes a header",
                  "add fairlead.lb.policy=ring_hash");
    }
  }
  for (const std::string_view key : {"tls.mode", "tls.port"}) {
    if (spec.traffic.tls.is_on() || !reader.IsWritten(key)) continue;
    reader.Warn(codes::kLabelNoEffect, key, "its server speaks no TLS",
                "add fairlead.tls=auto, or fairlead.tls=files:NAME");
  }
  for (const std::string_view key : {"retry.on", "retry.backoff"}) {
    if (spec.traffic.retry.enabled() || !reader.IsWritten(key)) continue;
    reader.Warn(codes::kLabelNoEffect, key, "without retries it does nothing",
                "add fairlead.retry.attempts=2, up to 5");
  }
  for (const std::string_view key :
       {"gateway.prefix", "gateway.hosts", "gateway.descriptor", "gateway.auth", "gateway.cors"}) {
    if (spec.traffic.gateway.is_on || !reader.IsWritten(key)) continue;
    reader.Warn(codes::kLabelNoEffect, key, "the gateway does not answer for this service",
                "add fairlead.gateway=true");
  }
}

}  // namespace fairlead::spec
