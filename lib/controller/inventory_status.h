// InventoryStatus: how far what we know of the engine's containers can be trusted, and since when.
//
// Threads: any; a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::controller {

enum class InventoryState {
  kConnecting,  // there was no complete picture yet: nothing is known, nothing is told
  kSynced,      // stream open, full list and every inspect it asked for in since
  kFrozen,      // the engine is away: the last picture is held, only proof takes something away
  kStale,       // the engine is back and tells everything again: still held, not yet true
};

// "connecting", "synced", "frozen", "stale".
std::string_view InventoryStateName(InventoryState state);

// InventoryStatus::code for the error that ended the picture.
std::string_view InventoryCodeOf(Code error);

struct InventoryStatus {
  InventoryState state = InventoryState::kConnecting;
  // Why it is not synced, "" when it is: "engine-away" (nobody listens, or the stream was closed),
  // "engine-silent" (no answer in time), "engine-forbidden", "engine-unsupported" (its API is too
  // old or too new), "engine-unreadable" (what answers is no engine), "events-lost" (its stream is
  // silent although containers change).
  std::string code;
  std::string reason;  // one sentence
  TimePoint since{};
  std::optional<TimePoint> listed_at;  // when the last full list was asked for
  // Totals of this life of the daemon.
  std::uint64_t missed_events = 0;      // changes that no event had announced
  std::uint64_t unreadable_events = 0;  // too long, or nothing that we understand
  std::uint64_t lists = 0;              // full lists taken
  std::uint64_t reconnects = 0;         // times that the engine was lost
  std::uint64_t inspects_failed = 0;
  std::uint64_t undecided = 0;  // containers whose last inspect failed, now

  bool operator==(const InventoryStatus&) const = default;
};

}  // namespace fairlead::controller
