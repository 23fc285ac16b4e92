// EngineRequest: everything that is ever asked of an engine, as a value; and its line of HTTP.
//
// Why a value: what goes on the wire is made here and nowhere else, from a verb of a list and
// parameters in ranges, whoever asks. There is no verb that creates, removes, enters or copies.
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "docker/api_version.h"
#include "spec/container_facts.h"

namespace fairlead::docker {

enum class Verb : std::uint8_t {
  kPing,
  kInfo,
  kList,         // who carries one opt-in label
  kListRunning,  // who runs, whatever the labels
  kEvents,
  kInspect,
  kLogs,
  kStart,
  kStop,
  kRestart,
  kKill,
};
inline constexpr Verb kLastVerb = Verb::kKill;

struct EngineRequest {
  Verb verb = Verb::kPing;
  ApiVersion version = {};      // of all but kPing: kApiVersionMin to kApiVersionMax
  ContainerId id = {};          // of kInspect (or a name) and all below it
  std::uint8_t label = 0;       // of kList: index into kOptInLabels
  std::int64_t since_ns = 0;    // of kEvents, by the engine's clock
  std::uint16_t lines_max = 0;  // of kLogs, to kLogLinesMax
  // Of kStop and kRestart, to kStopTimeoutMax, in whole seconds; none: the container's own.
  std::optional<Duration> stop_timeout = {};
  std::string signal = {};  // of kKill: a name or a number
  bool operator==(const EngineRequest&) const = default;
};

// More of a log than a person reads.
inline constexpr std::uint16_t kLogLinesMax = 1000;

struct RequestLine {
  bool is_post = false;
  std::string target;  // path and query, encoded
  bool operator==(const RequestLine&) const = default;
};

// kInvalidArgument when anything is out of its range. The line depends on nothing that is not of
// the verb.
Result<RequestLine> LineOf(const EngineRequest& request);

// "inspect container 3f2a": how messages about it begin.
std::string DoingOf(const EngineRequest& request);

}  // namespace fairlead::docker
