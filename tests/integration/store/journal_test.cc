// The journal on real files: what outlives a life, how much is kept, and what a full disk costs.
#include "store/journal_thread.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>

namespace fairlead::store {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr JournalLimits kLimits;

RecordedEvent Event(std::uint64_t id, std::uint64_t follows, runtime::WallTime at) {
  RecordedEvent event{.id = id, .follows = follows, .at = at, .note = {}};
  event.note.kind = fleet::NoteKind::kActFinished;
  event.note.service = {.project = "shop", .service = "user-service"};
  event.note.replica = "user-service.shop/2";
  event.note.container = ContainerId("c1");
  event.note.code = "done";
  event.note.text = "restart of it is \"done\"; it's fine";
  event.note.actor = "fairlead";
  event.note.cause = "liveness: 5 x timeout";
  event.note.outcome = "succeeded";
  event.note.evidence = "timeout 0.1s ago in 1000.0ms";
  return event;
}

runtime::WallTime Now() {
  return runtime::ToWall(runtime::Now());
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::string pattern = fs::temp_directory_path() / "fairlead-journal-XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~JournalTest() override {
    journal_.reset();
    directory_.reset();
    fs::remove_all(root_);
  }

  fs::path file() const { return root_ / "state" / "journal.db"; }

  const StateDir& directory() {
    if (!directory_) {
      Result<StateDir> taken = StateDir::Take(root_ / "state");
      EXPECT_TRUE(taken) << taken.error().Text();
      directory_ = std::make_unique<StateDir>(std::move(*taken));
    }
    return *directory_;
  }

  // A life of the daemon begins; the one before has ended.
  JournalThread& Begin(JournalLimits limits = kLimits) {
    journal_.reset();
    journal_ = std::make_unique<JournalThread>(
        directory(), limits, [this](const std::string& sentence) { told_ += sentence + "\n"; });
    next_id_ = journal_->Start().first_id;
    follows_ = journal_->Start().follows;
    return *journal_;
  }

  void Append(int count, runtime::WallTime at = Now()) {
    for (int i = 0; i < count; ++i) {
      journal_->Append(Event(next_id_, follows_, at));
      follows_ = next_id_++;
    }
    journal_->Flush();
  }

  std::string Ids(std::uint64_t after = 0, std::uint64_t before = ~0ULL, std::size_t most = 100) {
    std::string text;
    for (const RecordedEvent& event : journal_->Between(after, before, most))
      text += (text.empty() ? "" : " ") + std::to_string(event.id);
    return text;
  }

  fs::path root_;
  std::unique_ptr<StateDir> directory_;
  std::unique_ptr<JournalThread> journal_;
  std::uint64_t next_id_ = 1;
  std::uint64_t follows_ = 0;
  std::string told_;
};

TEST_F(JournalTest, AnEventComesBackWholeInTheNextLife) {
  Begin();
  const RecordedEvent first = Event(1, 0, Now());
  journal_->Append(first);
  Begin();
  const std::vector<RecordedEvent> events = journal_->Between(0, 100, 10);
  ASSERT_EQ(events.size(), 1U);
  const fleet::Note& note = events[0].note;
  EXPECT_EQ(events[0].id, 1U);
  EXPECT_EQ(events[0].follows, 0U);
  EXPECT_EQ(events[0].at, first.at);
  EXPECT_EQ(note.kind, first.note.kind);
  EXPECT_EQ(note.service, first.note.service);
  EXPECT_EQ(note.replica, first.note.replica);
  EXPECT_EQ(note.container, first.note.container);
  EXPECT_EQ(note.code, first.note.code);
  EXPECT_EQ(note.text, first.note.text);
  EXPECT_EQ(note.actor, first.note.actor);
  EXPECT_EQ(note.cause, first.note.cause);
  EXPECT_EQ(note.outcome, first.note.outcome);
  EXPECT_EQ(note.evidence, first.note.evidence);
}

TEST_F(JournalTest, IdsGoOnAfterAnEndThatWasWrittenDown) {
  Begin();
  Append(3);
  Begin();
  EXPECT_EQ(next_id_, 4U);
  EXPECT_EQ(follows_, 3U);
  Append(2);
  EXPECT_EQ(Ids(), "1 2 3 4 5");
  EXPECT_EQ(Ids(2, 5), "3 4");
  EXPECT_EQ(Ids(1, 100, 2), "2 3");
}

// Who followed the life that was killed may have seen ids that are nowhere on disk.
TEST_F(JournalTest, AfterAKillIdsBeginFarBeyondThoseThatMayHaveBeenSeen) {
  Begin();
  Append(3);
  journal_.reset();
  // The clean end of the first is taken back by a life that ends without one.
  std::uint64_t pruned = 0;
  {
    Result<JournalFile> killed = JournalFile::Open(directory(), kLimits);
    ASSERT_TRUE(killed) << killed.error().Text();
    EXPECT_EQ(killed->start().first_id, 4U);
    const RecordedEvent lost = Event(4, 3, Now());
    ASSERT_TRUE(killed->Write(std::span(&lost, 1), Now(), pruned));
  }
  Begin();
  EXPECT_EQ(next_id_, kIdsPerLostEnd + 1);
  EXPECT_EQ(follows_, 4U) << "nothing lies between";
  Append(1);
  Begin();
  EXPECT_EQ(next_id_, kIdsPerLostEnd + 2);
}

TEST_F(JournalTest, ALifeThatWroteNothingAndWasKilledTakesNoIdsTwice) {
  Begin();
  Append(3);
  journal_.reset();
  {
    ASSERT_TRUE(JournalFile::Open(directory(), kLimits));
  }
  Begin();
  EXPECT_EQ(next_id_, kIdsPerLostEnd + 1);
}

TEST_F(JournalTest, FindsTheFirstEventSinceATime) {
  Begin();
  const runtime::WallTime at = Now() - 2h;
  Append(2, at);
  Append(2, at + 1h);
  EXPECT_EQ(journal_->FirstSince(at - 1s), 1U);
  EXPECT_EQ(journal_->FirstSince(at + 1ns), 3U);
  EXPECT_EQ(journal_->FirstSince(at + 2h), std::nullopt);
}

TEST_F(JournalTest, WhatIsTooOldGoesAndIsCounted) {
  Begin();
  Append(3, Now() - kLimits.age_max - 1h);
  Append(2);
  Begin();
  Append(1);
  EXPECT_EQ(Ids(), "4 5 6");
  const JournalStatus status = journal_->Status();
  EXPECT_EQ(status.entries, 3U);
  EXPECT_EQ(status.pruned, 3U);
  EXPECT_EQ(status.dropped, 0U);
  EXPECT_EQ(told_, "") << "a month after the start it goes on all the time";
}

TEST_F(JournalTest, NeverTakesMoreRoomThanItsLimitAndKeepsTheNewest) {
  JournalLimits small;
  small.bytes_max = 512 * 1024;
  Begin(small);
  for (int i = 0; i < 60; ++i) {
    Append(100);
    ASSERT_LE(fs::file_size(file()), small.bytes_max);
  }
  const JournalStatus status = journal_->Status();
  EXPECT_GT(status.pruned, 0U);
  EXPECT_EQ(status.dropped, 0U);
  EXPECT_EQ(status.entries + status.pruned, 6000U);
  EXPECT_LE(status.bytes, small.bytes_max);
  EXPECT_EQ(Ids(5999), "6000");
  EXPECT_EQ(Ids(0, 2), "") << "the oldest are gone";
  EXPECT_EQ(journal_->Between(0, ~0ULL, 1).front().id, status.pruned + 1);
}

TEST_F(JournalTest, ADamagedFileIsKeptAndANewOneBegun) {
  Begin();
  Append(3);
  journal_.reset();
  std::ofstream(file(), std::ios::trunc) << "this is no database, and it is long enough to be read "
                                            "as the head of one, which it is not either";
  fs::remove(file().string() + "-wal");
  Begin();
  EXPECT_TRUE(fs::exists(file().string() + ".corrupt-1"));
  EXPECT_NE(told_.find("corrupt-1"), std::string::npos) << told_;
  Append(1);
  EXPECT_EQ(journal_->Status().entries, 1U);
  EXPECT_EQ(journal_->Status().trouble, "");
}

TEST_F(JournalTest, WhatCannotBeOpenedCostsEventsAndIsTriedAgainWithIdsOfItsOwn) {
  fs::create_directories(file());
  Begin();
  EXPECT_NE(journal_->Status().trouble, "");
  EXPECT_GT(next_id_, kIdsPerLostEnd) << "it cannot know which ids were given";
  Append(2);
  EXPECT_EQ(journal_->Status().dropped, 2U);
  EXPECT_EQ(Ids(), "");
}

// A disk of its own, small enough to be filled at once.
class SmallDisk {
 public:
  explicit SmallDisk(const fs::path& path) : path_(path) {
    fs::create_directories(path_);
    is_mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, "size=256k,mode=0700") == 0;
  }
  ~SmallDisk() {
    if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool is_mounted() const { return is_mounted_; }
  void Fill() {
    std::ofstream ballast(path_ / "ballast");
    const std::string block(4096, 'x');
    while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void MakeRoom() { fs::remove(path_ / "ballast"); }

 private:
  fs::path path_;
  bool is_mounted_ = false;
};

TEST_F(JournalTest, AFullDiskCostsTheEventsOfThatTimeAndTheGapShows) {
  SmallDisk disk(root_ / "state");
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a small disk is not permitted here";
  Begin();
  Append(2);
  disk.Fill();
  // What still fits into the log's own pages is written; then nothing is.
  int tried = 0;
  while (journal_->Status().dropped == 0 && tried < 2000) {
    Append(20);
    tried += 20;
  }
  const JournalStatus full = journal_->Status();
  EXPECT_GT(full.dropped, 0U);
  EXPECT_NE(full.trouble, "");
  EXPECT_NE(told_.find("make room for state_dir"), std::string::npos) << told_;
  const std::uint64_t written = full.entries;
  disk.MakeRoom();
  Append(1);
  EXPECT_EQ(journal_->Status().trouble, "");
  EXPECT_NE(told_.find("can be written again"), std::string::npos) << told_;
  const std::vector<RecordedEvent> later = journal_->Between(written, ~0ULL, 1);
  ASSERT_EQ(later.size(), 1U);
  EXPECT_GT(later[0].follows, written) << "a reader who was at " << written << " missed some";
  journal_.reset();
  directory_.reset();
}

}  // namespace
}  // namespace fairlead::store
