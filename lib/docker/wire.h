// Wire: the engine's JSON answers as values.
// Pure: text in, values out.
//
// Why: what decides must not know JSON, and every odd shape of an answer is tested without a
// socket. A field that is absent, null, of a wrong type or out of range reads as its default;
// an answer without what makes it usable (id, state) is kDataLoss.
// Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "docker/engine.h"
#include "spec/container_facts.h"

namespace fairlead::docker {

// A container that must never be killed for slowness (`--stop-timeout -1`) reads as one day, so
// that deadlines computed from it stay finite. Longer ones are cut to it.
inline constexpr std::chrono::seconds kStopTimeoutMax{86'400};

// GET /containers/{id}/json. Addresses come from NetworkSettings.Networks only: the top-level ones
// are gone from API 1.52 on.
Result<ContainerFacts> ReadInspect(std::string_view json);

// GET /containers/json. One entry without an id spoils the answer; an unknown state does not
// (it reads as kCreated: inspect decides).
Result<std::vector<ContainerSummary>> ReadList(std::string_view json);

// GET /info. `api_version` stays empty: it is negotiated, not told here. A clock that cannot be
// read gives system_time_ns 0, and events since 0 are all the engine still has: at most 256.
Result<EngineInfo> ReadInfo(std::string_view json);

// The engine's own words in an error answer, JSON {"message": ...} or plain text as very old
// engines and proxies write it; fit for a terminal, at most 300 bytes. "" when it said nothing.
std::string ReadErrorMessage(std::string_view body);

// RFC 3339 as Go writes it ("2026-11-23T01:02:03.456789012Z", "+02:00") to nanoseconds since 1970.
// Nothing outside 1970..2261, without a zone, or for anything else.
std::optional<std::int64_t> ReadTime(std::string_view text);

}  // namespace fairlead::docker
