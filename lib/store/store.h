// Store: what fairlead must not forget, on disk before it acts.
//
// Threads: called on the controller's strand only. Every write is durable when it returns.
// Errors: kFailedPrecondition (not writable: full disk, read-only), kDataLoss (unreadable content).
#pragma once

#include <vector>

#include "base/result.h"
#include "fleet/effects.h"
#include "fleet/ledger.h"

namespace fairlead::store {

class Store {
 public:
  virtual ~Store() = default;
  // What earlier lives left: acts younger than `kLedgerKept`, all intents, the first free act id.
  virtual Result<fleet::Remembered> Load() = 0;
  // All or nothing, synced to disk.
  virtual Result<> Write(const std::vector<fleet::Record>& records) = 0;
};

}  // namespace fairlead::store
