// Durations, sizes and percentages as people write them, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fairlead {

// Reads `500ms`, `2s`, `1m30s`, `1.5s`, `0`; units ns us ms s m h, each at most once and from large
// to small. Nothing for anything else: no unit, sign, blank, overflow (more than 1,000 hours).
std::optional<Duration> ParseDuration(std::string_view text);

// The shortest exact spelling that ParseDuration reads back: `1m30s`, `250ms`, `0s`.
std::string FormatDuration(Duration duration);

// `50%` -> 50. Whole percents 0..100 only.
std::optional<int> ParsePercent(std::string_view text);

// Text from outside as it may stand in a log line or a terminal: control bytes, invalid UTF-8 and
// bidirectional overrides as \xNN, cut at `bytes_max` bytes with "..." at the end.
std::string Printable(std::string_view text, std::size_t bytes_max = 256);

}  // namespace fairlead
