#include "store/sqlite_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "runtime/clock.h"
#include "store/schema.h"

namespace fairlead::store {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using fleet::ActId;
using fleet::ActState;
using fleet::Intent;
using fleet::IntentKind;
using fleet::LedgerEntry;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    std::string pattern = fs::temp_directory_path() / "fairlead-store-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~SqliteStoreTest() override { fs::remove_all(root_); }

  fs::path dir() const { return root_ / "state"; }
  fs::path file() const { return dir() / "state.db"; }

  SqliteStore::Opened Open() {
    Result<SqliteStore::Opened> opened = SqliteStore::Open(dir());
    EXPECT_TRUE(opened) << opened.error().Text();
    return opened ? std::move(*opened) : SqliteStore::Opened{};
  }

  static int Mode(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return static_cast<int>(status.st_mode & 0777);
  }

  fs::path root_;
};

LedgerEntry Act(std::uint64_t id, TimePoint at) {
  LedgerEntry entry;
  entry.id = ActId(id);
  entry.generation = {ContainerId(std::string(64, 'a')), "2026-01-02T03:04:05.6Z"};
  entry.service = {.project = "shop", .service = "user-service"};
  entry.compose_number = 2;
  entry.replica = "user-service.shop/2";
  entry.actor = "fairlead";
  entry.cause = "liveness: 5 x timeout";
  entry.permitted_at = at;
  return entry;
}

Intent Drained(const std::string& replica) {
  return {.service = {.project = "shop", .service = "user-service"},
          .replica = replica,
          .container = ContainerId("c1"),
          .kind = IntentKind::kDrained,
          .actor = "uid 0",
          .reason = "disk swap; it's \"slow\"",
          .at = runtime::Now()};
}

// Times cross two clocks on their way, which are not read at the same instant.
void ExpectNear(TimePoint a, TimePoint b) {
  EXPECT_LT(std::chrono::abs(a - b), 2s);
}

void RunSql(const fs::path& file, const char* sql) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(database);
  sqlite3_close(database);
}

TEST_F(SqliteStoreTest, ANewStoreRemembersNothing) {
  const auto opened = Open();
  EXPECT_TRUE(opened.warnings.empty());
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered) << remembered.error().Text();
  EXPECT_TRUE(remembered->acts.empty());
  EXPECT_TRUE(remembered->intents.empty());
  EXPECT_EQ(remembered->next_act, ActId(1));
}

TEST_F(SqliteStoreTest, WhatWasWrittenIsThereAfterReopening) {
  LedgerEntry finished = Act(2, runtime::Now() - 1min);
  finished.kind = fleet::ActKind::kStop;
  finished.state = ActState::kFailed;
  finished.by_operator = true;
  finished.finished_at = runtime::Now() - 30s;
  finished.outcome = std::string("engine said \0 no", 16);
  const LedgerEntry permitted = Act(1, runtime::Now() - 2min);
  ASSERT_TRUE(Open().store->Write({permitted, finished, Drained("user-service.shop/2")}));

  const auto remembered = Open().store->Load();
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->acts.size(), 2U);
  for (const auto& [loaded, written] :
       {std::pair(remembered->acts[0], permitted), std::pair(remembered->acts[1], finished)}) {
    ExpectNear(loaded.permitted_at, written.permitted_at);
    LedgerEntry same_times = loaded;
    same_times.permitted_at = written.permitted_at;
    same_times.finished_at = written.finished_at;
    EXPECT_EQ(same_times, written);
    EXPECT_EQ(loaded.finished_at.has_value(), written.finished_at.has_value());
  }
  ASSERT_EQ(remembered->intents.size(), 1U);
  Intent intent = remembered->intents[0];
  ExpectNear(intent.at, runtime::Now());
  intent.at = {};
  Intent expected = Drained("user-service.shop/2");
  expected.at = {};
  EXPECT_EQ(intent, expected);
  EXPECT_EQ(remembered->next_act, ActId(3));
}

TEST_F(SqliteStoreTest, AnActIsWrittenAgainWithItsEnd) {
  const auto opened = Open();
  LedgerEntry entry = Act(1, runtime::Now());
  ASSERT_TRUE(opened.store->Write({entry}));
  entry.state = ActState::kSucceeded;
  entry.finished_at = runtime::Now();
  ASSERT_TRUE(opened.store->Write({entry}));
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->acts.size(), 1U);
  EXPECT_EQ(remembered->acts[0].state, ActState::kSucceeded);
  EXPECT_TRUE(remembered->acts[0].finished_at);
}

TEST_F(SqliteStoreTest, AWithdrawnIntentIsForgottenAndANewOneReplacesTheOld) {
  const auto opened = Open();
  Intent evicted = Drained("user-service.shop/1");
  evicted.kind = IntentKind::kEvicted;
  Intent withdrawn = Drained("user-service.shop/2");
  withdrawn.kind = IntentKind::kNone;
  ASSERT_TRUE(
      opened.store->Write({Drained("user-service.shop/1"), Drained("user-service.shop/2")}));
  ASSERT_TRUE(opened.store->Write({evicted, withdrawn}));
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->intents.size(), 1U);
  EXPECT_EQ(remembered->intents[0].replica, "user-service.shop/1");
  EXPECT_EQ(remembered->intents[0].kind, IntentKind::kEvicted);
}

TEST_F(SqliteStoreTest, EachPauseIsKeptAndWithdrawnByItsScopeAlone) {
  fleet::Pause host;
  host.actor = "uid 0";
  host.reason = "move";
  host.at = runtime::Now() - 1h;
  fleet::Pause project = host;
  project.scope = fleet::PauseScope::kProject;
  project.service.project = "shop";
  fleet::Pause replica = host;
  replica.scope = fleet::PauseScope::kReplica;
  replica.service = {.project = "shop", .service = "user-service"};
  replica.replica = "user-service.shop/2";
  {
    const auto opened = Open();
    ASSERT_TRUE(opened.store->Write({host, project, replica, Drained(replica.replica)}));
    project.is_withdrawn = true;
    ASSERT_TRUE(opened.store->Write({project}));
  }
  const auto remembered = Open().store->Load();
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->intents.size(), 1U) << "a drain of the same replica is another thing";
  ASSERT_EQ(remembered->pauses.size(), 2U);
  ExpectNear(remembered->pauses[0].at, host.at);
  for (const auto& [loaded, written] :
       {std::pair(remembered->pauses[0], host), std::pair(remembered->pauses[1], replica)}) {
    fleet::Pause same_time = loaded;
    same_time.at = written.at;
    EXPECT_EQ(same_time, written);
  }
}

TEST_F(SqliteStoreTest, OldActsArePrunedAndTheirIdsNeverComeBack) {
  {
    const auto opened = Open();
    ASSERT_TRUE(opened.store->Write({Act(7, runtime::Now() - 25h)}));
    const auto remembered = opened.store->Load();
    ASSERT_TRUE(remembered);
    EXPECT_TRUE(remembered->acts.empty());
  }
  const auto remembered = Open().store->Load();
  ASSERT_TRUE(remembered);
  EXPECT_TRUE(remembered->acts.empty());
  EXPECT_EQ(remembered->next_act, ActId(8));
}

TEST_F(SqliteStoreTest, NoMoreThanTheNewestActsAreKept) {
  const auto opened = Open();
  std::vector<fleet::Record> records;
  for (std::uint64_t id = 1; id <= kActsKeptMax + 5; ++id)
    records.push_back(Act(id, runtime::Now()));
  ASSERT_TRUE(opened.store->Write(records));
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->acts.size(), static_cast<std::size_t>(kActsKeptMax));
  EXPECT_EQ(remembered->acts.front().id, ActId(6));
}

TEST_F(SqliteStoreTest, AnActOfTheFutureCountsAsNow) {
  ASSERT_TRUE(Open().store->Write({Act(1, runtime::Now() + 72h)}));
  const auto remembered = Open().store->Load();
  ASSERT_TRUE(remembered);
  ASSERT_EQ(remembered->acts.size(), 1U);
  ExpectNear(remembered->acts[0].permitted_at, runtime::Now());
  EXPECT_LE(remembered->acts[0].permitted_at, runtime::Now());
}

TEST_F(SqliteStoreTest, AStoppedLifeIsThereUntilItIsWithdrawn) {
  const fleet::StoppedLife first{.generation = {ContainerId("a1"), "life 1"}, .at = runtime::Now()};
  fleet::StoppedLife second{.generation = {ContainerId("b2"), "life 7"}, .at = runtime::Now()};
  ASSERT_TRUE(Open().store->Write({first, second}));
  second.generation.started_at = "life 8";
  ASSERT_TRUE(Open().store->Write({second}));
  const auto both = Open().store->Load();
  ASSERT_TRUE(both) << both.error().Text();
  ASSERT_EQ(both->stopped.size(), 2U);
  EXPECT_EQ(both->stopped[0].generation, first.generation);
  EXPECT_EQ(both->stopped[1].generation, second.generation);
  ExpectNear(both->stopped[1].at, second.at);
  second.is_withdrawn = true;
  ASSERT_TRUE(Open().store->Write({second}));
  const auto one = Open().store->Load();
  ASSERT_TRUE(one);
  ASSERT_EQ(one->stopped.size(), 1U);
  EXPECT_EQ(one->stopped[0].generation, first.generation);
}

TEST_F(SqliteStoreTest, FilesAreForTheOwnerOnlyEvenWhenTheDirectoryWasWider) {
  fs::create_directories(dir());
  ASSERT_EQ(chmod(dir().c_str(), 0755), 0);
  // Of another group than root's, in which root is.
  const gid_t group = getegid();
  if (group == 0) {
    ASSERT_EQ(setegid(7), 0);
  }
  const auto opened = Open();
  ASSERT_TRUE(opened.store->Write({Act(1, runtime::Now())}));
  ASSERT_EQ(setegid(group), 0);
  EXPECT_EQ(Mode(dir()), 0700);
  for (const auto& entry : fs::directory_iterator(dir())) EXPECT_EQ(Mode(entry.path()), 0600);
}

TEST_F(SqliteStoreTest, FilesOfRootsGroupAreForRootToGoOnWith) {
  if (getegid() != 0) GTEST_SKIP() << "only who is in root's group makes such";
  const auto opened = Open();
  ASSERT_TRUE(opened.store->Write({Act(1, runtime::Now())}));
  for (const auto& entry : fs::directory_iterator(dir())) EXPECT_EQ(Mode(entry.path()), 0660);
}

TEST_F(SqliteStoreTest, ASecondDaemonOnTheSameDirectoryIsRefusedByName) {
  const auto first = Open();
  const auto second = SqliteStore::Open(dir());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kFailedPrecondition);
  EXPECT_NE(second.error().message.find("process " + std::to_string(getpid())), std::string::npos)
      << second.error().message;
}

TEST_F(SqliteStoreTest, ADamagedFileIsKeptReportedAndReplacedAndIdsGoOn) {
  for (int n = 1; n <= 2; ++n) {
    {
      ASSERT_TRUE(Open().store->Write({Act(5, runtime::Now()), Drained("user-service.shop/1")}));
    }
    std::ofstream(file(), std::ios::trunc) << std::string(5000, 'x');
    const auto opened = Open();
    ASSERT_EQ(opened.warnings.size(), 1U);
    const fs::path aside = file().string() + ".corrupt-" + std::to_string(n);
    EXPECT_NE(opened.warnings[0].find(aside.string()), std::string::npos) << opened.warnings[0];
    EXPECT_EQ(fs::file_size(aside), 5000U);
    const auto remembered = opened.store->Load();
    ASSERT_TRUE(remembered);
    EXPECT_TRUE(remembered->acts.empty());
    EXPECT_TRUE(remembered->intents.empty());
    EXPECT_GT(remembered->next_act, ActId(1'000'000'000));
  }
}

TEST_F(SqliteStoreTest, ADamagedPageInsideTheFileIsFound) {
  {
    std::vector<fleet::Record> records;
    for (std::uint64_t id = 1; id <= 500; ++id) records.push_back(Act(id, runtime::Now()));
    ASSERT_TRUE(Open().store->Write(records));
  }
  std::fstream damage(file(), std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(4096 * 5);
  damage << std::string(4096, '\xff');
  damage.close();
  EXPECT_EQ(Open().warnings.size(), 1U);
}

TEST_F(SqliteStoreTest, AFileOfANewerVersionIsRefusedAndLeftAlone) {
  {
    Open();
  }
  RunSql(file(), ("PRAGMA user_version = " + std::to_string(kSchemaVersion + 1)).c_str());
  const auto opened = SqliteStore::Open(dir());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_NE(opened.error().message.find("newer fairlead"), std::string::npos);
  EXPECT_TRUE(fs::exists(file()));
}

TEST_F(SqliteStoreTest, AnUnknownWordInARowIsDataLossAndNotAGuess) {
  {
    ASSERT_TRUE(Open().store->Write({Act(1, runtime::Now())}));
  }
  RunSql(file(), "UPDATE act SET kind = 'explode'");
  const auto remembered = Open().store->Load();
  ASSERT_FALSE(remembered);
  EXPECT_EQ(remembered.error().code, Code::kDataLoss);
}

TEST_F(SqliteStoreTest, AStateDirectoryThatCannotBeMadeIsAFailedPrecondition) {
  std::ofstream(root_ / "file") << "x";
  for (const fs::path& place : {root_ / "file", root_ / "file" / "below"}) {
    const auto opened = SqliteStore::Open(place);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::kFailedPrecondition) << opened.error().message;
  }
}

TEST_F(SqliteStoreTest, ASymbolicLinkInPlaceOfTheFileIsRefused) {
  fs::create_directories(dir());
  std::ofstream(root_ / "elsewhere") << "precious";
  fs::create_symlink(root_ / "elsewhere", file());
  const auto opened = SqliteStore::Open(dir());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(fs::file_size(root_ / "elsewhere"), 8U);
}

// A file size limit stands in for the full disk: the kernel refuses to grow the log file.
TEST_F(SqliteStoreTest, AFullDiskRefusesTheWriteAndKeepsWhatWasThere) {
  const auto opened = Open();
  ASSERT_TRUE(opened.store->Write({Act(1, runtime::Now())}));
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit full = before;
  full.rlim_cur = 16 * 1024;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  std::vector<fleet::Record> records;
  for (std::uint64_t id = 2; id <= 2000; ++id) records.push_back(Act(id, runtime::Now()));
  const Result<> refused = opened.store->Write(records);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition) << refused.error().message;
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->acts.size(), 1U);
  EXPECT_TRUE(opened.store->Write({Act(2, runtime::Now())})) << "works again once there is room";
}

TEST_F(SqliteStoreTest, AKilledDaemonForgetsNothingThatAWriteReturnedFor) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto opened = SqliteStore::Open(dir());
    if (!opened) _exit(1);
    for (std::uint64_t id = 1; id <= 3; ++id) {
      if (!opened->store->Write({Act(id, runtime::Now()), Drained("user-service.shop/2")}))
        _exit(2);
    }
    kill(getpid(), SIGKILL);  // no destructor, no close, no checkpoint
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;
  const auto opened = Open();
  EXPECT_TRUE(opened.warnings.empty());
  const auto remembered = opened.store->Load();
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->acts.size(), 3U);
  EXPECT_EQ(remembered->intents.size(), 1U);
  EXPECT_EQ(remembered->next_act, ActId(4));
}

TEST_F(SqliteStoreTest, TheEventCursorOutlivesTheDaemonAndTheNewestCounts) {
  const EventCursor newest{.engine_id = "ABCD", .boot = "boot 1", .last_event_ns = 1'795'395'600};
  {
    const auto opened = Open();
    const auto none = opened.store->LoadCursor();
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, std::nullopt);
    EXPECT_TRUE(opened.store->WriteCursor({.engine_id = "x", .boot = "y", .last_event_ns = 7}));
    EXPECT_TRUE(opened.store->WriteCursor(newest));
    EXPECT_TRUE(opened.store->Write({Act(1, runtime::Now())}));
  }
  const auto loaded = Open().store->LoadCursor();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, newest);
}

}  // namespace
}  // namespace fairlead::store
