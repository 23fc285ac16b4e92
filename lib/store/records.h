// Records as rows: the ledger's enums as stable words, and times of this process as wall time.
//
// Why words: a row outlives the numbers of an enum. Why wall time: monotonic clocks start anew with
// each boot.
// Threads: none; pure but for the clock reading that the caller hands in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "fleet/ledger.h"

namespace fairlead::store {

std::string_view WordFor(fleet::ActKind kind);
std::string_view WordFor(fleet::ActState state);
std::string_view WordFor(fleet::IntentKind kind);
std::string_view WordFor(fleet::PauseScope scope);

// Nothing for a word that this version does not know.
std::optional<fleet::ActKind> ActKindFrom(std::string_view word);
std::optional<fleet::ActState> ActStateFrom(std::string_view word);
std::optional<fleet::IntentKind> IntentKindFrom(std::string_view word);
std::optional<fleet::PauseScope> PauseScopeFrom(std::string_view word);

// One reading of both clocks, so that all rows of a transaction are converted alike.
struct ClockReading {
  TimePoint monotonic{};
  std::int64_t wall_nanoseconds = 0;  // since 1970
  static ClockReading Take();

  std::int64_t ToWall(TimePoint when) const;
  // An entry of the future means that the clock was set back; it counts as now, so that no budget
  // window stays open for longer than it is.
  TimePoint FromWall(std::int64_t wall) const;
};

// Text in a row is cut here: an engine's error text may be of any length.
inline constexpr std::size_t kRowTextBytesMax = 1024;

}  // namespace fairlead::store
