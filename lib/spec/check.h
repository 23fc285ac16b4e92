// CheckTarget and CheckOutcome: the question the core asks about a generation, and its answer.
//
// Why here: the core orders checks, the health adapter carries them out, and neither may know the
// other. The classes and their text codes are those of the state model (ARCHITECTURE.md); they are
// stable and appear in events, the log, the command and the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "spec/names.h"
#include "spec/network_namespace.h"
#include "spec/service_spec.h"

namespace fairlead::spec {

enum class CheckClass {
  kServing,
  // Liveness-class failures: counted towards `fall` and `liveness.fall`.
  kRefused,
  kReset,
  kTimeout,
  kClosed,
  // Readiness only: out at once, never a reason to restart.
  kNotServing,
  // Misconfiguration: out, reported, never restarted.
  kServiceUnknown,
  kUnimplemented,
  kTls,
  kProtocol,
  kHttpStatus,
  // Inconclusive: our own trouble, never counted.
  kNoFd,
  kNoPort,
  kNoRoute,
  kSelfStalled,
  kSharedStall,
  kCanaryFailed,
};
inline constexpr std::size_t kCheckClassCount =
    static_cast<std::size_t>(CheckClass::kCanaryFailed) + 1;

// The stable code: "serving", "refused", "not-serving", "service-unknown", "self-stalled" ...
std::string_view CheckClassName(CheckClass check_class);

constexpr bool IsLivenessClass(CheckClass c) {
  return c == CheckClass::kRefused || c == CheckClass::kReset || c == CheckClass::kTimeout ||
         c == CheckClass::kClosed;
}
constexpr bool IsMisconfiguration(CheckClass c) {
  return c >= CheckClass::kServiceUnknown && c <= CheckClass::kHttpStatus;
}
constexpr bool IsInconclusive(CheckClass c) {
  return c >= CheckClass::kNoFd;
}

// What a server says under the name of fairlead.liveness.service.
enum class LivenessWord : std::uint8_t {
  kNone,  // nothing new
  kServing,
  kNotServing,
  kNameUnknown,  // it knows no such name
};

struct CheckTarget {
  Generation generation;
  std::string ip;  // literal IPv4 or IPv6; empty for docker and none
  std::uint16_t port = 0;
  HealthSpec health;
  // Where the host has no way to `ip`: the namespace in which the check's socket is made.
  std::optional<NetworkNamespace> inside{};
  bool is_published = false;  // ip and port are the host's, of a published port
  // Whose targets may stall together: the engine's id of the network of `ip`; empty = unknown.
  std::string network{};
  // A second health name, asked with each check on the same connection; empty = none.
  std::string liveness_service{};
  bool operator==(const CheckTarget&) const = default;
};

// How far a target is suspected of not answering, long before its timeout (lib/health/suspicion.h).
enum class Suspect : std::uint8_t {
  kNone,
  kSuspect,  // an answer is late, by the target's own habits
  kSilent,   // and neither a further question nor one on a new connection was answered since
};

struct SuspectNews {
  Suspect stage = Suspect::kNone;
  std::string evidence{};  // for people: "no answer within 50ms, where 99 of 100 come within 2ms"
  std::string asked_ip{};  // CheckTarget::ip; empty = not told
  bool operator==(const SuspectNews&) const = default;
};

struct CheckOutcome {
  CheckClass check_class = CheckClass::kServing;
  Duration latency{};          // from sending the question to the answer or the verdict
  std::string detail;          // for people: "connect 172.31.0.4:50051: connection refused"
  std::string asked_ip{};      // CheckTarget::ip; empty = not told
  bool is_extra = false;       // asked beside the rhythm of the interval, because it is suspect
  bool is_over_limit = false;  // kProtocol: it cost too much, and is left alone for a while
  // Whatever the check itself came to; each answer is told with one outcome.
  LivenessWord liveness = LivenessWord::kNone;
  bool operator==(const CheckOutcome&) const = default;
};

}  // namespace fairlead::spec
