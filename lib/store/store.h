// Store: what fairlead must not forget, on disk before it acts.
//
// Threads: called on the controller's strand only. Every Write is durable when it returns.
// Errors: kFailedPrecondition (not writable: full disk, read-only), kDataLoss (unreadable content).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/effects.h"
#include "fleet/ledger.h"

namespace fairlead::store {

// Up to where the engine's events were heard. Its stamps mean something only to the engine that
// made them, and its history does not outlive the host's boot.
struct EventCursor {
  std::string engine_id;
  std::string boot;                // of the host, as the kernel names it
  std::int64_t last_event_ns = 0;  // by the engine's clock
  bool operator==(const EventCursor&) const = default;
};

class Store {
 public:
  virtual ~Store() = default;
  // What earlier lives left: acts younger than `fleet::kLedgerKept`, all intents, pauses
  // and stopped lives, the first free act id.
  virtual Result<fleet::Remembered> Load() = 0;
  // All or nothing, synced to disk.
  virtual Result<> Write(const std::vector<fleet::Record>& records) = 0;

  // The cursor written last; nothing when there was none.
  virtual Result<std::optional<EventCursor>> LoadCursor() = 0;
  // Survives our own end, not a power cut: after that boot it is of no use. So it costs no sync.
  virtual Result<> WriteCursor(const EventCursor& cursor) = 0;
};

}  // namespace fairlead::store
