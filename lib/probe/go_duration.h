// Durations as Go's flags read and write them: `1.5s`, `-1h30m`, `.5m`, `1m0s`.
//
// Why beside base/text.h: a drop-in takes what the tool in whose place it stands takes, and says it
// in the same words; labels and config keys are stricter on purpose.
// Source: Go's time.ParseDuration and Duration.String. Pure; never fails on outside text but says
// nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fairlead::probe {

// Nothing for anything that Go calls a parse error, overflow of 64 bits of nanoseconds included.
std::optional<Duration> ParseGoDuration(std::string_view text);

// `0s`, `250ms`, `1.234567ms`, `1m30s`, `1h0m0s`.
std::string FormatGoDuration(Duration duration);

}  // namespace fairlead::probe
