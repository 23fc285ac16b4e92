#include "store/sqlite_store.h"

#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "runtime/clock.h"
#include "store/records.h"
#include "store/schema.h"

namespace fairlead::store {
namespace {

constexpr const char* kFileName = "state.db";

std::unexpected<Error> During(const std::string& doing, const Error& error) {
  return Fail(error.code, doing + ": " + error.message);
}

std::string_view Cut(std::string_view text) {
  return text.substr(0, kRowTextBytesMax);
}

// Brings the schema forward; a file of a newer fairlead is refused, not guessed at.
Result<> Migrate(Database& database) {
  const Result<std::int64_t> version = database.QueryInteger("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > kSchemaVersion) {
    return Fail(Code::kFailedPrecondition, "written by a newer fairlead (schema " +
                                               std::to_string(*version) + ", this one knows " +
                                               std::to_string(kSchemaVersion) +
                                               "); upgrade fairlead or choose another state_dir");
  }
  for (const SchemaStep& step : kSchemaSteps) {
    if (step.version <= *version) continue;
    const std::string sql = "BEGIN IMMEDIATE;" + std::string(step.sql) +
                            "PRAGMA user_version = " + std::to_string(step.version) + ";COMMIT;";
    if (Result<> done = database.Execute(sql.c_str()); !done) return done;
  }
  return {};
}

// Opens `file`, checks all of it, and brings it to the current schema.
Result<Database> OpenChecked(const std::filesystem::path& file) {
  Result<Database> database = Database::Open(file);
  if (!database) return database;
  if (Result<> set = database->Execute(
          "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
          "PRAGMA journal_size_limit = 1048576; PRAGMA trusted_schema = OFF;");
      !set) {
    return During("open " + file.string(), set.error());
  }
  const Result<std::string> check = database->QueryText("PRAGMA quick_check(1)");
  if (!check) return During("check " + file.string(), check.error());
  if (*check != "ok") {
    return Fail(Code::kDataLoss, "check " + file.string() + ": " + Printable(*check));
  }
  if (Result<> migrated = Migrate(*database); !migrated) {
    return During("prepare " + file.string(), migrated.error());
  }
  return database;
}

// After a loss the old ids are unknown. Seconds since 1970 are ahead of any count of acts.
Result<> SkipLostIds(Database& database) {
  const std::int64_t seconds = ClockReading::Take().wall_nanoseconds / 1'000'000'000;
  Result<Statement> skip =
      database.Prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('act', ?1)");
  if (!skip) return std::unexpected(skip.error());
  skip->Bind(1, seconds);
  return skip->Run();
}

Result<> UpsertAct(Database& database, const fleet::LedgerEntry& entry, const ClockReading& clock) {
  Result<Statement> statement = database.Prepare(
      "INSERT OR REPLACE INTO act VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)");
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, static_cast<std::int64_t>(entry.id.value));
  statement->Bind(2, WordFor(entry.kind));
  statement->Bind(3, WordFor(entry.state));
  statement->Bind(4, entry.generation.id.value);
  statement->Bind(5, entry.generation.started_at);
  statement->Bind(6, entry.service.project);
  statement->Bind(7, entry.service.service);
  statement->Bind(8, std::int64_t{entry.compose_number});
  statement->Bind(9, entry.replica);
  statement->Bind(10, std::int64_t{entry.by_operator});
  statement->Bind(11, Cut(entry.actor));
  statement->Bind(12, Cut(entry.cause));
  statement->Bind(13, clock.ToWall(entry.permitted_at));
  std::optional<std::int64_t> finished;
  if (entry.finished_at) finished = clock.ToWall(*entry.finished_at);
  statement->Bind(14, finished);
  statement->Bind(15, Cut(entry.outcome));
  return statement->Run();
}

Result<> PutIntent(Database& database, const fleet::Intent& intent, const ClockReading& clock) {
  const bool withdraws = intent.kind == fleet::IntentKind::kNone;
  Result<Statement> statement = database.Prepare(
      withdraws ? "DELETE FROM intent WHERE project = ?1 AND service = ?2 AND replica = ?3"
                : "INSERT OR REPLACE INTO intent VALUES (?1,?2,?3,?4,?5,?6,?7,?8)");
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, intent.service.project);
  statement->Bind(2, intent.service.service);
  statement->Bind(3, intent.replica);
  if (!withdraws) {
    statement->Bind(4, intent.container.value);
    statement->Bind(5, WordFor(intent.kind));
    statement->Bind(6, Cut(intent.actor));
    statement->Bind(7, Cut(intent.reason));
    statement->Bind(8, clock.ToWall(intent.at));
  }
  return statement->Run();
}

Result<> PutPause(Database& database, const fleet::Pause& pause, const ClockReading& clock) {
  Result<Statement> statement = database.Prepare(
      pause.is_withdrawn
          ? "DELETE FROM pause WHERE scope = ?1 AND project = ?2 AND service = ?3 AND replica = ?4"
          : "INSERT OR REPLACE INTO pause VALUES (?1,?2,?3,?4,?5,?6,?7)");
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, WordFor(pause.scope));
  statement->Bind(2, pause.service.project);
  statement->Bind(3, pause.service.service);
  statement->Bind(4, pause.replica);
  if (!pause.is_withdrawn) {
    statement->Bind(5, Cut(pause.actor));
    statement->Bind(6, Cut(pause.reason));
    statement->Bind(7, clock.ToWall(pause.at));
  }
  return statement->Run();
}

Result<> PutStopped(Database& database, const fleet::StoppedLife& life, const ClockReading& clock) {
  Result<Statement> statement =
      database.Prepare(life.is_withdrawn ? "DELETE FROM stopped_life WHERE container = ?1"
                                         : "INSERT OR REPLACE INTO stopped_life VALUES (?1,?2,?3)");
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, life.generation.id.value);
  if (!life.is_withdrawn) {
    statement->Bind(2, Cut(life.generation.started_at));
    statement->Bind(3, clock.ToWall(life.at));
  }
  return statement->Run();
}

Result<> PutRecord(Database& database, const fleet::Record& record, const ClockReading& clock) {
  if (const auto* entry = std::get_if<fleet::LedgerEntry>(&record))
    return UpsertAct(database, *entry, clock);
  if (const auto* pause = std::get_if<fleet::Pause>(&record))
    return PutPause(database, *pause, clock);
  if (const auto* life = std::get_if<fleet::StoppedLife>(&record))
    return PutStopped(database, *life, clock);
  return PutIntent(database, std::get<fleet::Intent>(record), clock);
}

Result<> PruneActs(Database& database, const ClockReading& clock) {
  Result<Statement> statement = database.Prepare(
      "DELETE FROM act WHERE permitted_at < ?1"
      " OR id <= (SELECT max(id) FROM act) - ?2");
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, clock.ToWall(clock.monotonic - fleet::kLedgerKept));
  statement->Bind(2, std::int64_t{kActsKeptMax});
  return statement->Run();
}

}  // namespace

Result<SqliteStore::Opened> SqliteStore::Open(const std::filesystem::path& directory) {
  Result<StateDir> taken = StateDir::Take(directory);
  if (!taken) return std::unexpected(taken.error());
  Result<std::filesystem::path> file = taken->EnsureFile(kFileName);
  if (!file) return std::unexpected(file.error());
  Opened opened;
  Result<Database> database = OpenChecked(*file);
  if (!database && database.error().code == Code::kDataLoss) {
    const Result<std::filesystem::path> aside = taken->MoveAside(kFileName);
    if (!aside) return std::unexpected(aside.error());
    opened.warnings.push_back("the state file was damaged (" + database.error().message +
                              ") and is kept as " + aside->string() +
                              "; restart budgets, drains, evictions and pauses are forgotten");
    file = taken->EnsureFile(kFileName);
    if (!file) return std::unexpected(file.error());
    database = OpenChecked(*file);
    if (database) {
      if (Result<> skipped = SkipLostIds(*database); !skipped) {
        return During("prepare " + file->string(), skipped.error());
      }
    }
  }
  if (!database) return std::unexpected(database.error());
  opened.store.reset(new SqliteStore(std::move(*taken), std::move(*database)));
  return opened;
}

Result<std::vector<fleet::LedgerEntry>> SqliteStore::LoadActs() {
  const ClockReading clock = ClockReading::Take();
  Result<Statement> rows =
      database_.Prepare("SELECT * FROM act WHERE permitted_at >= ?1 ORDER BY id");
  if (!rows) return std::unexpected(rows.error());
  rows->Bind(1, clock.ToWall(clock.monotonic - fleet::kLedgerKept));
  std::vector<fleet::LedgerEntry> acts;
  for (Result<bool> row = rows->Step();; row = rows->Step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return acts;
    const auto kind = ActKindFrom(rows->Text(1));
    const auto state = ActStateFrom(rows->Text(2));
    if (!kind || !state) {
      return Fail(Code::kDataLoss, "act " + rows->Text(0) + " has an unknown kind or state");
    }
    fleet::LedgerEntry entry;
    entry.id = fleet::ActId(static_cast<std::uint64_t>(rows->Integer(0)));
    entry.kind = *kind;
    entry.state = *state;
    entry.generation = {ContainerId(rows->Text(3)), rows->Text(4)};
    entry.service = {.project = rows->Text(5), .service = rows->Text(6)};
    entry.compose_number = static_cast<int>(rows->Integer(7));
    entry.replica = rows->Text(8);
    entry.by_operator = rows->Integer(9) != 0;
    entry.actor = rows->Text(10);
    entry.cause = rows->Text(11);
    entry.permitted_at = clock.FromWall(rows->Integer(12));
    if (const auto finished = rows->OptionalInteger(13)) {
      entry.finished_at = clock.FromWall(*finished);
    }
    entry.outcome = rows->Text(14);
    acts.push_back(std::move(entry));
  }
}

Result<std::vector<fleet::Intent>> SqliteStore::LoadIntents() {
  const ClockReading clock = ClockReading::Take();
  Result<Statement> rows =
      database_.Prepare("SELECT * FROM intent ORDER BY project, service, replica");
  if (!rows) return std::unexpected(rows.error());
  std::vector<fleet::Intent> intents;
  for (Result<bool> row = rows->Step();; row = rows->Step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return intents;
    const auto kind = IntentKindFrom(rows->Text(4));
    if (!kind) {
      return Fail(Code::kDataLoss, "intent for " + rows->Text(2) + " has an unknown kind");
    }
    fleet::Intent intent;
    intent.service = {.project = rows->Text(0), .service = rows->Text(1)};
    intent.replica = rows->Text(2);
    intent.container = ContainerId(rows->Text(3));
    intent.kind = *kind;
    intent.actor = rows->Text(5);
    intent.reason = rows->Text(6);
    intent.at = clock.FromWall(rows->Integer(7));
    intents.push_back(std::move(intent));
  }
}

Result<std::vector<fleet::Pause>> SqliteStore::LoadPauses() {
  const ClockReading clock = ClockReading::Take();
  Result<Statement> rows =
      database_.Prepare("SELECT * FROM pause ORDER BY scope, project, service, replica");
  if (!rows) return std::unexpected(rows.error());
  std::vector<fleet::Pause> pauses;
  for (Result<bool> row = rows->Step();; row = rows->Step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return pauses;
    const auto scope = PauseScopeFrom(rows->Text(0));
    if (!scope) return Fail(Code::kDataLoss, "a pause has an unknown scope");
    pauses.push_back({.scope = *scope,
                      .service = {.project = rows->Text(1), .service = rows->Text(2)},
                      .replica = rows->Text(3),
                      .actor = rows->Text(4),
                      .reason = rows->Text(5),
                      .at = clock.FromWall(rows->Integer(6))});
  }
}

Result<std::vector<fleet::StoppedLife>> SqliteStore::LoadStopped() {
  const ClockReading clock = ClockReading::Take();
  Result<Statement> rows = database_.Prepare("SELECT * FROM stopped_life ORDER BY container");
  if (!rows) return std::unexpected(rows.error());
  std::vector<fleet::StoppedLife> stopped;
  for (Result<bool> row = rows->Step();; row = rows->Step()) {
    if (!row) return std::unexpected(row.error());
    if (!*row) return stopped;
    stopped.push_back({.generation = {ContainerId(rows->Text(0)), rows->Text(1)},
                       .at = clock.FromWall(rows->Integer(2))});
  }
}

Result<fleet::Remembered> SqliteStore::Load() {
  Result<std::vector<fleet::LedgerEntry>> acts = LoadActs();
  if (!acts) return During("load acts", acts.error());
  Result<std::vector<fleet::Intent>> intents = LoadIntents();
  if (!intents) return During("load intents", intents.error());
  Result<std::vector<fleet::Pause>> pauses = LoadPauses();
  if (!pauses) return During("load pauses", pauses.error());
  Result<std::vector<fleet::StoppedLife>> stopped = LoadStopped();
  if (!stopped) return During("load stopped lives", stopped.error());
  const Result<std::int64_t> last =
      database_.QueryInteger("SELECT seq FROM sqlite_sequence WHERE name = 'act'");
  if (!last) return During("load the last act id", last.error());
  return fleet::Remembered{.acts = std::move(*acts),
                           .intents = std::move(*intents),
                           .pauses = std::move(*pauses),
                           .stopped = std::move(*stopped),
                           .next_act = fleet::ActId(static_cast<std::uint64_t>(*last) + 1)};
}

Result<> SqliteStore::WriteRecords(const std::vector<fleet::Record>& records) {
  const ClockReading clock = ClockReading::Take();
  bool has_acts = false;
  for (const fleet::Record& record : records) {
    has_acts = has_acts || std::holds_alternative<fleet::LedgerEntry>(record);
    if (const Result<> put = PutRecord(database_, record, clock); !put) return put;
  }
  return has_acts ? PruneActs(database_, clock) : Result<>();
}

Result<> SqliteStore::Write(const std::vector<fleet::Record>& records) {
  if (records.empty()) return {};
  if (Result<> begun = database_.Execute("BEGIN IMMEDIATE"); !begun) {
    return During("write state", begun.error());
  }
  Result<> written = WriteRecords(records);
  if (written) written = database_.Execute("COMMIT");
  if (!written) {
    // SQLite may have rolled back by itself (full disk); then there is nothing left to do.
    [[maybe_unused]] const Result<> rolled_back = database_.Execute("ROLLBACK");
    return During("write state", written.error());
  }
  return {};
}

Result<std::optional<EventCursor>> SqliteStore::LoadCursor() {
  Result<Statement> rows =
      database_.Prepare("SELECT engine, boot, last_event_ns FROM event_cursor");
  if (!rows) return During("load the event cursor", rows.error());
  const Result<bool> row = rows->Step();
  if (!row) return During("load the event cursor", row.error());
  if (!*row) return std::nullopt;
  return EventCursor{
      .engine_id = rows->Text(0), .boot = rows->Text(1), .last_event_ns = rows->Integer(2)};
}

Result<> SqliteStore::WriteCursor(const EventCursor& cursor) {
  // The file's other rows are synced when they are written; this one waits for their next sync.
  if (Result<> eased = database_.Execute("PRAGMA synchronous = NORMAL"); !eased) {
    return During("write the event cursor", eased.error());
  }
  Result<> written;
  {
    Result<Statement> statement =
        database_.Prepare("INSERT OR REPLACE INTO event_cursor VALUES (1,?1,?2,?3)");
    if (statement) {
      statement->Bind(1, Cut(cursor.engine_id));
      statement->Bind(2, Cut(cursor.boot));
      statement->Bind(3, cursor.last_event_ns);
      written = statement->Run();
    } else {
      written = std::unexpected(statement.error());
    }
  }
  const Result<> strict = database_.Execute("PRAGMA synchronous = FULL");
  if (!strict) return During("sync every write again", strict.error());
  if (!written) return During("write the event cursor", written.error());
  return {};
}

}  // namespace fairlead::store
