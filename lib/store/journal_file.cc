#include "store/journal_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "store/records.h"

namespace fairlead::store {
namespace {

constexpr const char* kFileName = "journal.db";
constexpr std::int64_t kSchema = 1;
// Old events are looked for no more often than this; a batch costs no scan.
constexpr std::chrono::minutes kAgeLookPause{1};
// Pruned by size is down to nine tenths, so that it is not done for each batch of a full journal.
constexpr std::uint64_t kRoomPercent = 90;

constexpr const char* kTables = R"sql(
  CREATE TABLE event (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    follows   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    project   TEXT NOT NULL,
    service   TEXT NOT NULL,
    replica   TEXT NOT NULL,
    container TEXT NOT NULL,
    code      TEXT NOT NULL,
    text      TEXT NOT NULL,
    actor     TEXT NOT NULL,
    cause     TEXT NOT NULL,
    outcome   TEXT NOT NULL,
    evidence  TEXT NOT NULL
  );
  CREATE INDEX event_by_time ON event (at);
  CREATE TABLE life_end (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    last_id INTEGER NOT NULL
  );
)sql";

std::string_view Cut(std::string_view text) {
  return text.substr(0, kRowTextBytesMax);
}

std::int64_t Signed(std::uint64_t value) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, kMost));
}

std::unexpected<Error> During(std::string_view doing, const Error& error) {
  return Fail(error.code, fmt::format("{}: {}", doing, error.message));
}

// Runs `sql` with one number.
Result<> RunWith(Database& database, const char* sql, std::int64_t value) {
  Result<Statement> statement = database.Prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  statement->Bind(1, value);
  return statement->Run();
}

RecordedEvent EventOf(const Statement& row, fleet::NoteKind kind) {
  RecordedEvent event;
  event.id = static_cast<std::uint64_t>(row.Integer(0));
  event.follows = static_cast<std::uint64_t>(row.Integer(1));
  event.at = runtime::WallTime(std::chrono::nanoseconds(row.Integer(2)));
  event.note.kind = kind;
  event.note.service = {.project = row.Text(4), .service = row.Text(5)};
  event.note.replica = row.Text(6);
  event.note.container = ContainerId(row.Text(7));
  event.note.code = row.Text(8);
  event.note.text = row.Text(9);
  event.note.actor = row.Text(10);
  event.note.cause = row.Text(11);
  event.note.outcome = row.Text(12);
  event.note.evidence = row.Text(13);
  return event;
}

}  // namespace

Result<JournalFile> JournalFile::Open(const StateDir& directory, JournalLimits limits) {
  const Result<std::filesystem::path> file = directory.EnsureFile(kFileName);
  if (!file) return std::unexpected(file.error());
  Result<Database> database = Database::Open(*file);
  if (!database) return std::unexpected(database.error());
  JournalFile journal(std::move(*database), limits);
  if (Result<> prepared = journal.Prepare(); !prepared)
    return During("prepare " + file->string(), prepared.error());
  if (Result<> found = journal.FindStart(); !found)
    return During("read " + file->string(), found.error());
  return journal;
}

Result<std::filesystem::path> JournalFile::MoveAside(const StateDir& directory) {
  return directory.MoveAside(kFileName);
}

Result<> JournalFile::Prepare() {
  if (Result<> set = database_.Execute(
          "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
          "PRAGMA journal_size_limit = 1048576; PRAGMA trusted_schema = OFF;");
      !set) {
    return set;
  }
  const Result<std::int64_t> page_bytes = database_.QueryInteger("PRAGMA page_size");
  if (!page_bytes) return std::unexpected(page_bytes.error());
  page_bytes_ = static_cast<std::uint64_t>(std::max<std::int64_t>(*page_bytes, 512));
  const std::string most =
      fmt::format("PRAGMA max_page_count = {}", limits_.bytes_max / page_bytes_);
  if (Result<> set = database_.Execute(most.c_str()); !set) return set;
  const Result<std::int64_t> version = database_.QueryInteger("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == kSchema) return {};
  if (*version > kSchema) return Fail(Code::kDataLoss, "it was written by a newer fairlead");
  const std::string sql =
      fmt::format("BEGIN IMMEDIATE;{}PRAGMA user_version = {};COMMIT;", kTables, kSchema);
  return database_.Execute(sql.c_str());
}

Result<> JournalFile::FindStart() {
  // AUTOINCREMENT keeps the greatest id that was ever written, also of what has been pruned.
  const Result<std::int64_t> last =
      database_.QueryInteger("SELECT seq FROM sqlite_sequence WHERE name = 'event'");
  if (!last) return std::unexpected(last.error());
  const Result<std::int64_t> end = database_.QueryInteger("SELECT last_id FROM life_end");
  if (!end) return std::unexpected(end.error());
  const Result<std::int64_t> entries = database_.QueryInteger("SELECT count(*) FROM event");
  if (!entries) return std::unexpected(entries.error());
  entries_ = static_cast<std::uint64_t>(*entries);
  const auto follows = static_cast<std::uint64_t>(std::max<std::int64_t>(*last, 0));
  const bool is_whole = *last == 0 || *end == *last;
  start_ = {
      .first_id = is_whole ? follows + 1 : (follows / kIdsPerLostEnd + 1) * kIdsPerLostEnd + 1,
      .follows = follows};
  // From now on a life is under way. Where that cannot be written, its end cannot be taken back.
  if (*end == 0) return {};
  const Result<> begun = database_.Execute("DELETE FROM life_end");
  if (!begun) start_.first_id = (follows / kIdsPerLostEnd + 1) * kIdsPerLostEnd + 1;
  return {};
}

Result<> JournalFile::Insert(std::span<const RecordedEvent> events) {
  Result<Statement> statement = database_.Prepare(
      "INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)");
  if (!statement) return std::unexpected(statement.error());
  for (const RecordedEvent& event : events) {
    const fleet::Note& note = event.note;
    statement->Bind(1, Signed(event.id));
    statement->Bind(2, Signed(event.follows));
    statement->Bind(3, std::int64_t{event.at.time_since_epoch().count()});
    statement->Bind(4, fleet::NoteKindName(note.kind));
    statement->Bind(5, note.service.project);
    statement->Bind(6, note.service.service);
    statement->Bind(7, Cut(note.replica));
    statement->Bind(8, Cut(note.container.value));
    statement->Bind(9, Cut(note.code));
    statement->Bind(10, Cut(note.text));
    statement->Bind(11, Cut(note.actor));
    statement->Bind(12, Cut(note.cause));
    statement->Bind(13, Cut(note.outcome));
    statement->Bind(14, Cut(note.evidence));
    if (Result<> run = statement->Run(); !run) return run;
  }
  return {};
}

Result<> JournalFile::Write(std::span<const RecordedEvent> events, runtime::WallTime now,
                            std::uint64_t& pruned) {
  if (Result<> aged = PruneByAge(now, pruned); !aged) return During("prune events", aged.error());
  if (Result<> made = PruneBySize(pruned); !made) return During("prune events", made.error());
  if (Result<> begun = database_.Execute("BEGIN IMMEDIATE"); !begun)
    return During("write events", begun.error());
  Result<> written = Insert(events);
  if (written) written = database_.Execute("COMMIT");
  if (written) {
    entries_ += events.size();
    return {};
  }
  // SQLite may have rolled back by itself (full disk); then there is nothing left to do.
  [[maybe_unused]] const Result<> rolled_back = database_.Execute("ROLLBACK");
  return During("write events", written.error());
}

// Takes the rows of the last DELETE off the count.
Result<> JournalFile::CountPruned(std::uint64_t& pruned) {
  const Result<std::int64_t> changes = database_.QueryInteger("SELECT changes()");
  if (!changes) return std::unexpected(changes.error());
  const auto gone = static_cast<std::uint64_t>(*changes);
  pruned += gone;
  entries_ -= std::min(entries_, gone);
  return {};
}

Result<> JournalFile::PruneByAge(runtime::WallTime now, std::uint64_t& pruned) {
  if (aged_at_ && now >= *aged_at_ && now - *aged_at_ < kAgeLookPause) return {};
  aged_at_ = now;
  const std::int64_t oldest = (now - limits_.age_max).time_since_epoch().count();
  if (Result<> gone = RunWith(database_, "DELETE FROM event WHERE at < ?1", oldest); !gone)
    return gone;
  return CountPruned(pruned);
}

Result<std::uint64_t> JournalFile::BytesUsed() {
  const Result<std::int64_t> pages = database_.QueryInteger("PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  const Result<std::int64_t> free = database_.QueryInteger("PRAGMA freelist_count");
  if (!free) return std::unexpected(free.error());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*pages - *free, 0)) * page_bytes_;
}

// The oldest tenth goes at a time.
Result<> JournalFile::PruneBySize(std::uint64_t& pruned) {
  const Result<std::uint64_t> used = BytesUsed();
  if (!used) return std::unexpected(used.error());
  if (*used * 100 <= limits_.bytes_max * kRoomPercent) return {};
  if (Result<> gone = database_.Execute(
          "DELETE FROM event WHERE id <= (SELECT id FROM event ORDER BY id LIMIT 1 OFFSET"
          " (SELECT count(*) FROM event) / 10)");
      !gone) {
    return gone;
  }
  return CountPruned(pruned);
}

Result<std::vector<RecordedEvent>> JournalFile::Between(std::uint64_t after, std::uint64_t before,
                                                        std::size_t count_max) {
  Result<Statement> rows =
      database_.Prepare("SELECT * FROM event WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3");
  if (!rows) return During("read events", rows.error());
  rows->Bind(1, Signed(after));
  rows->Bind(2, Signed(before));
  rows->Bind(3, Signed(count_max));
  std::vector<RecordedEvent> events;
  for (Result<bool> row = rows->Step();; row = rows->Step()) {
    if (!row) return During("read events", row.error());
    if (!*row) return events;
    // What a newer fairlead has written before a way back is left out, and shows as a gap.
    if (const auto kind = fleet::NoteKindFrom(rows->Text(3)))
      events.push_back(EventOf(*rows, *kind));
  }
}

Result<std::optional<std::uint64_t>> JournalFile::FirstSince(runtime::WallTime since) {
  Result<Statement> rows = database_.Prepare("SELECT min(id) FROM event WHERE at >= ?1");
  if (!rows) return During("read events", rows.error());
  rows->Bind(1, std::int64_t{since.time_since_epoch().count()});
  const Result<bool> row = rows->Step();
  if (!row) return During("read events", row.error());
  const std::optional<std::int64_t> first = *row ? rows->OptionalInteger(0) : std::nullopt;
  if (!first) return std::optional<std::uint64_t>();
  return std::optional(static_cast<std::uint64_t>(*first));
}

Result<> JournalFile::WriteEnd(std::uint64_t last_id) {
  return RunWith(database_, "INSERT OR REPLACE INTO life_end VALUES (1, ?1)", Signed(last_id));
}

Result<JournalStatus> JournalFile::Measure() {
  JournalStatus status;
  const Result<std::int64_t> oldest =
      database_.QueryInteger("SELECT at FROM event ORDER BY id LIMIT 1");
  if (!oldest) return std::unexpected(oldest.error());
  const Result<std::int64_t> pages = database_.QueryInteger("PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  status.entries = entries_;
  status.oldest = runtime::WallTime(std::chrono::nanoseconds(*oldest));
  status.bytes = static_cast<std::uint64_t>(*pages) * page_bytes_;
  status.bytes_max = limits_.bytes_max;
  return status;
}

}  // namespace fairlead::store
