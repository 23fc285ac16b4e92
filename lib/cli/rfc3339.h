// RFC 3339 times as people and other programs write them: 2026-01-31T08:00:00Z. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fairlead::cli {

struct UnixTime {
  std::int64_t seconds = 0;  // since 1970
  std::int32_t nanoseconds = 0;
  bool operator==(const UnixTime&) const = default;
};

// YYYY-MM-DDTHH:MM:SS, with up to nine digits of a second, and Z or +HH:MM or -HH:MM. Nothing for
// anything else, also for a time without a zone: it would mean another moment on another host.
std::optional<UnixTime> ParseRfc3339(std::string_view text);

}  // namespace fairlead::cli
