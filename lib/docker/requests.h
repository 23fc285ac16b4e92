// The request targets of the calls we make: path, version and query, with everything from outside
// checked or encoded, so that no id or signal can change which path is asked.
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "docker/api_version.h"
#include "spec/container_facts.h"

namespace fairlead::docker {

// The labels of which one makes a container ours to look at. Whether it is managed is decided
// from its value elsewhere.
inline constexpr std::string_view kOptInLabels[] = {"fairlead.enable", "autoheal"};

// Letters, digits, '_', '.' and '-', beginning with a letter or digit, at most 128: an id or a
// name.
bool IsContainerId(std::string_view id);

// Percent-encodes all but RFC 3986's unreserved characters.
std::string UrlEncoded(std::string_view text);

// All containers, stopped ones too, that carry `label`. The engine joins several labels with AND,
// so each opt-in label is a list of its own; two filtered lists cost less than one that describes
// every container of the host (73 us of engine CPU each).
std::string ListTarget(ApiVersion version, std::string_view label);

// Container and network events from `since_ns` on, only the actions that can change what we know:
// the engine filters before its queue of 1,024, so health-check noise cannot push out a death.
std::string EventsTarget(ApiVersion version, std::int64_t since_ns);

std::string InfoTarget(ApiVersion version);

// kInvalidArgument for an id that cannot be one.
Result<std::string> InspectTarget(ApiVersion version, const ContainerId& id);

enum class Act { kStart, kStop, kRestart };
// `stop_timeout` goes out in whole seconds, rounded up, and not at all when there is none.
Result<std::string> ActTarget(ApiVersion version, const ContainerId& id, Act act,
                              std::optional<Duration> stop_timeout);

// The last `lines_max` lines of both streams, and no more to come.
Result<std::string> LogsTarget(ApiVersion version, const ContainerId& id, int lines_max);

// `signal`: a name or number ("SIGTERM", "15", "RTMIN+3").
Result<std::string> KillTarget(ApiVersion version, const ContainerId& id, std::string_view signal);

}  // namespace fairlead::docker
