// SqliteStore: the Store in one SQLite file, `state.db` (0600) in the state directory (0700).
//
// Durability: write-ahead log with synchronous=FULL: when Write returns, the records are synced to
// the disk with one fsync (a rollback journal needs three), and a kill at any moment leaves all of
// a Write or nothing of it. The file is locked exclusively, so no shared-memory file is needed
// either.
// Threads: one at a time (the controller's strand).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/database.h"
#include "store/state_dir.h"
#include "store/store.h"

namespace fairlead::store {

// More acts than this are not kept, however young (fleet::kLedgerKept): at 2 repairs at a time, ten
// times what a day can hold.
inline constexpr int kActsKeptMax = 10'000;

class SqliteStore final : public Store {
 public:
  struct Opened {
    std::unique_ptr<SqliteStore> store;
    // What a person must know, e.g. that a damaged file was moved aside and restart budgets and
    // drains are forgotten. One printable sentence each; empty when all is well.
    std::vector<std::string> warnings;
  };

  // Opens or makes the state file and keeps the directory's lock. A damaged file is moved aside and
  // an empty one begun: a daemon that refuses to start protects no budget, it only stops the
  // checks. kFailedPrecondition: no directory, not writable, used by another daemon, or written by
  // a newer version of fairlead.
  static Result<Opened> Open(const std::filesystem::path& directory);

  // For what else is kept there under the same lock.
  const StateDir& directory() const { return directory_; }

  Result<fleet::Remembered> Load() override;
  Result<> Write(const std::vector<fleet::Record>& records) override;
  Result<std::optional<EventCursor>> LoadCursor() override;
  Result<> WriteCursor(const EventCursor& cursor) override;

 private:
  SqliteStore(StateDir directory, Database database)
      : directory_(std::move(directory)), database_(std::move(database)) {}

  Result<> WriteRecords(const std::vector<fleet::Record>& records);
  Result<std::vector<fleet::LedgerEntry>> LoadActs();
  Result<std::vector<fleet::Intent>> LoadIntents();
  Result<std::vector<fleet::Pause>> LoadPauses();
  Result<std::vector<fleet::StoppedLife>> LoadStopped();

  StateDir directory_;  // before the database: the lock goes last
  Database database_;
};

}  // namespace fairlead::store
