#include "store/journal_thread.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::store {
namespace {

// Ids of a life that could not learn those of earlier lives: milliseconds since 1970 are ahead of
// all that were counted.
std::uint64_t BlindFirstId() {
  const auto since = runtime::ToWall(runtime::Now()).time_since_epoch();
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(std::chrono::floor<std::chrono::milliseconds>(since).count(), 1));
}

}  // namespace

JournalThread::JournalThread(const StateDir& directory, JournalLimits limits,
                             std::function<void(const std::string&)> told)
    : directory_(directory),
      limits_(limits),
      told_(std::move(told)),
      queue_(kJournalQueueMax, [this] { thread_.Post([this] { Drain(); }); }) {
  Open();
  runtime::MutexLock lock(file_mutex_);
  start_ = file_ ? file_->start() : JournalStart{.first_id = BlindFirstId(), .follows = 0};
  last_written_ = last_seen_ = start_.follows;
}

JournalThread::~JournalThread() {
  Stop();
}

void JournalThread::Tell(const std::string& sentence) const {
  if (told_) told_(sentence);
}

// In the constructor, and on the journal's thread.
void JournalThread::Open() {
  Result<JournalFile> opened = JournalFile::Open(directory_, limits_);
  if (!opened && opened.error().code == Code::kDataLoss) {
    const Result<std::filesystem::path> aside = JournalFile::MoveAside(directory_);
    if (aside) {
      Tell(fmt::format("the journal was unreadable ({}) and is kept as {}; a new one is begun",
                       opened.error().message, aside->string()));
      opened = JournalFile::Open(directory_, limits_);
    }
  }
  if (!opened) {
    reopen_at_ = runtime::Now() + kJournalReopenPause;
    open_error_ = opened.error();
    SetTrouble(open_error_.message);
    return;
  }
  const Result<JournalStatus> measured = opened->Measure();
  {
    runtime::MutexLock lock(file_mutex_);
    file_.emplace(std::move(*opened));
  }
  if (!measured) return;
  runtime::MutexLock lock(status_mutex_);
  status_.entries = measured->entries;
  status_.oldest = measured->oldest;
  status_.bytes = measured->bytes;
  status_.bytes_max = measured->bytes_max;
}

void JournalThread::Append(RecordedEvent event) {
  queue_.Push(std::move(event));
}

void JournalThread::Drain() {
  const std::vector<RecordedEvent> taken = queue_.TakeAll();
  for (std::size_t i = 0; i < taken.size(); i += kJournalBatchMax) {
    Write(std::span(taken).subspan(i, std::min(kJournalBatchMax, taken.size() - i)));
  }
}

void JournalThread::Write(std::span<const RecordedEvent> events) {
  last_seen_ = events.back().id;
  bool is_open = false;
  {
    runtime::MutexLock lock(file_mutex_);
    is_open = file_.has_value();
  }
  if (!is_open && runtime::Now() >= reopen_at_) Open();
  std::uint64_t pruned = 0;
  Result<> written = std::unexpected(open_error_);
  Result<JournalStatus> measured = std::unexpected(written.error());
  {
    runtime::MutexLock lock(file_mutex_);
    if (file_) {
      written = file_->Write(events, runtime::ToWall(runtime::Now()), pruned);
      if (written) measured = file_->Measure();
      if (!written && written.error().code == Code::kDataLoss) {
        open_error_ = written.error();
        file_.reset();
      }
    }
  }
  if (written) last_written_ = last_seen_;
  {
    runtime::MutexLock lock(status_mutex_);
    status_.pruned += pruned;
    if (!written) status_.dropped += events.size();
    if (measured) {
      status_.entries = measured->entries;
      status_.oldest = measured->oldest;
      status_.bytes = measured->bytes;
    }
  }
  SetTrouble(written ? "" : written.error().message);
}

void JournalThread::SetTrouble(const std::string& trouble) {
  const std::string shown =
      trouble.empty() ? "" : trouble + "; events are kept in memory alone: make room for state_dir";
  bool was_well = false;
  {
    runtime::MutexLock lock(status_mutex_);
    was_well = status_.trouble.empty();
    status_.trouble = shown;
  }
  if (was_well != shown.empty()) {
    Tell(shown.empty() ? "the journal can be written again" : "the journal: " + shown);
  }
}

std::vector<RecordedEvent> JournalThread::Between(std::uint64_t after, std::uint64_t before,
                                                  std::size_t count_max) const {
  runtime::MutexLock lock(file_mutex_);
  if (!file_) return {};
  Result<std::vector<RecordedEvent>> events = file_->Between(after, before, count_max);
  return events ? std::move(*events) : std::vector<RecordedEvent>();
}

std::optional<std::uint64_t> JournalThread::FirstSince(runtime::WallTime since) const {
  runtime::MutexLock lock(file_mutex_);
  if (!file_) return std::nullopt;
  const Result<std::optional<std::uint64_t>> first = file_->FirstSince(since);
  return first ? *first : std::nullopt;
}

JournalStatus JournalThread::Status() const {
  JournalStatus status;
  {
    runtime::MutexLock lock(status_mutex_);
    status = status_;
  }
  status.dropped += queue_.refused();
  return status;
}

void JournalThread::Flush() {
  thread_.RunAndWait([this] { Drain(); });
}

void JournalThread::Stop() {
  if (std::exchange(is_stopped_, true)) return;
  Flush();
  thread_.Stop();
  runtime::MutexLock lock(file_mutex_);
  // Ids that were given and are nowhere on disk are left out by the next life.
  const bool is_whole = last_written_ == last_seen_ && queue_.refused() == 0;
  if (file_ && is_whole && last_seen_ > 0) {
    [[maybe_unused]] const Result<> written = file_->WriteEnd(last_seen_);
  }
}

}  // namespace fairlead::store
