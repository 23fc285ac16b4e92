// Rotation: whether clients are told about a replica, and if not, the first reason that holds.
//
// Why derived: a stored rotation can be wrong; one that is recomputed from the facets cannot.
// Pure: looks at one service, changes nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "fleet/service.h"

namespace fairlead::fleet {

// Well, and not for long enough after it had come and gone too often (flap_hold.h).
inline constexpr std::string_view kFlapping = "flapping";

// Who takes a service's calls while somebody stands by.
struct Takers {
  int priority = 0;  // fairlead.priority, the smallest in rotation
  int count = 0;     // of those that have it
};

struct Rotation {
  bool is_in = false;
  bool is_panic = false;   // in only because too few others are
  bool is_braked = false;  // in only because no list may shrink now (brake.h)
  std::string reason;      // "not-serving", "draining(restart)"; empty when in
  // It is in and stands by: these take the calls.
  std::optional<Takers> takers{};

  // "in", "in(standby)", "in(panic)", "in(brake)", "out(not-serving)"
  std::string Code() const;
  // Counts for min-available.
  bool is_available() const { return is_in && !is_doubtful(); }
  // Out by what its checks say, or do not say.
  bool is_out_by_checks() const {
    return reason == "not-serving" || reason == "suspect" || reason.starts_with("failing(");
  }
  // In against its own verdict.
  bool is_doubtful() const { return is_panic || is_braked; }
};

// True for the codes of what is in by its own verdict: "in", "in(standby)".
bool IsInByVerdict(std::string_view code);

// The rotation of every replica of the service, panic and suspicion included. `service.is_panic` is
// the state of the panic before; `threshold_percent` 0..100. `unreachable`: those that no
// caller could reach.
struct RotationContext {
  TimePoint now{};
  int panic_threshold_percent = 50;
  bool is_braked = false;
  int available_minimum = 0;  // min-available as a count, where anybody is suspect
  const std::set<ContainerId>& unreachable;
  const std::set<ContainerId>& stranded;  // their network goes with a restart of its owner
};
using Rotations = std::map<ContainerId, Rotation>;
Rotations DeriveRotations(const Service& service, const RotationContext& context, bool& is_panic);

// "unknown", "ready", "suspect", "not-ready(timeout)"
std::string ReadinessCode(const Replica& replica);
// "starting", "alive", "failing(3)", "dead"
std::string LivenessCode(const Replica& replica, TimePoint now);

// Replicas in rotation without this one.
int OthersIn(const Rotations& rotations, const ContainerId& id);

}  // namespace fairlead::fleet
