// JournalFile: the journal's SQLite file, `journal.db` (0600) in the state directory.
//
// Why a file of its own: its size is capped by itself, a damaged one costs no budget and no intent,
// and its writes, which nobody waits for, do not hold up those of the ledger.
// Durability: write-ahead log with synchronous=NORMAL: what was written survives a kill at any
// moment; a power cut may take the last seconds.
// Threads: one at a time.
// Invariants: the file never grows beyond `bytes_max` (SQLite refuses the page); an id is never
// given twice, also after a kill, after pruning and after a damaged file.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/state_dir.h"

namespace fairlead::store {

struct JournalLimits {
  // A month: somebody comes back from a holiday and asks what happened.
  std::chrono::hours age_max{24 * 30};
  // At about 400 bytes an event some 150,000 of them; beside a container's image it is nothing.
  std::uint64_t bytes_max = 64ULL * 1024 * 1024;
};

// Ids go on here after a life whose end nobody wrote down: those that it gave and did not write,
// also in days of a full disk, are below.
inline constexpr std::uint64_t kIdsPerLostEnd = 1'000'000;

class JournalFile {
 public:
  // Opens or makes the file. kDataLoss: it is damaged; Result::error of a full disk and the like as
  // Database has it.
  static Result<JournalFile> Open(const StateDir& directory, JournalLimits limits);
  // Keeps a damaged file beside, for a person to read. The next Open begins an empty one.
  static Result<std::filesystem::path> MoveAside(const StateDir& directory);

  const JournalStart& start() const { return start_; }

  // All or nothing. Old events go first, when age or size say so; how many is added to `pruned`.
  Result<> Write(std::span<const RecordedEvent> events, runtime::WallTime now,
                 std::uint64_t& pruned);
  Result<std::vector<RecordedEvent>> Between(std::uint64_t after, std::uint64_t before,
                                             std::size_t count_max);
  Result<std::optional<std::uint64_t>> FirstSince(runtime::WallTime since);
  // Everything that was given an id up to `last_id` is written: the next life goes on after it.
  Result<> WriteEnd(std::uint64_t last_id);
  // entries, oldest, bytes and bytes_max.
  Result<JournalStatus> Measure();

 private:
  JournalFile(Database database, JournalLimits limits)
      : database_(std::move(database)), limits_(limits) {}

  Result<> Prepare();
  Result<> FindStart();
  Result<> Insert(std::span<const RecordedEvent> events);
  Result<> PruneByAge(runtime::WallTime now, std::uint64_t& pruned);
  Result<> PruneBySize(std::uint64_t& pruned);
  Result<std::uint64_t> BytesUsed();
  Result<> CountPruned(std::uint64_t& pruned);

  Database database_;
  JournalLimits limits_;
  JournalStart start_;
  std::uint64_t page_bytes_ = 4096;
  std::uint64_t entries_ = 0;
  std::optional<runtime::WallTime> aged_at_;  // when old events were looked for last
};

}  // namespace fairlead::store
