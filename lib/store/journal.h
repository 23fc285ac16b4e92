// Journal: what happened and what was done about it, kept by age and size across lives of the
// daemon.
//
// Why apart from Store: nothing waits for the journal. A record of Store is on disk before its act;
// an event is written when there is time, and is counted as dropped where there is no room.
// Threads: all of it from any thread. Append never waits for the disk; the readers may.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fleet/effects.h"
#include "runtime/clock.h"

namespace fairlead::store {

struct RecordedEvent {
  std::uint64_t id = 0;  // grows by one, from 1; ids are skipped, never given twice
  std::uint64_t follows =
      0;  // the id of the event before it; less than id - 1 where ids were skipped
  runtime::WallTime at{};
  fleet::Note note;
};

// Where this life's events begin.
struct JournalStart {
  std::uint64_t first_id = 1;
  std::uint64_t follows = 0;  // the last event of earlier lives; 0 = none
};

struct JournalStatus {
  std::uint64_t entries = 0;  // kept now
  runtime::WallTime oldest{};
  std::uint64_t bytes = 0;  // on disk
  std::uint64_t bytes_max = 0;
  // Since the start of this daemon:
  std::uint64_t pruned = 0;   // gone by age or size
  std::uint64_t dropped = 0;  // never written
  std::string trouble;        // why nothing can be written now, and what to do; empty: it can
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual JournalStart Start() const = 0;
  // Takes an event for writing. One that finds no room is dropped and counted.
  virtual void Append(RecordedEvent event) = 0;
  // Those with `after` < id < `before`, oldest first, at most `count_max`; empty when they cannot
  // be read.
  virtual std::vector<RecordedEvent> Between(std::uint64_t after, std::uint64_t before,
                                             std::size_t count_max) const = 0;
  // The id of the oldest event of `since` or later; nothing when there is none.
  virtual std::optional<std::uint64_t> FirstSince(runtime::WallTime since) const = 0;
  virtual JournalStatus Status() const = 0;
};

}  // namespace fairlead::store
