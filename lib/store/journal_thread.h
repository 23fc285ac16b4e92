// JournalThread: the Journal on a thread of its own, in front of a JournalFile.
//
// Why: a disk that is slow, full or broken costs events, never a step of the core. What waits is
// bounded (kJournalQueueMax); what finds no room, and what cannot be written, is counted and told
// in `fairlead status`.
// Threads: as Journal; the file is touched under one lock, by the thread and by readers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/io_thread.h"
#include "runtime/mailbox.h"
#include "runtime/mutex.h"
#include "store/journal_file.h"

namespace fairlead::store {

// A storm of some thousand events comes within a second; they need a few MiB while a disk takes
// its time.
inline constexpr std::size_t kJournalQueueMax = 4'096;

// Written at once; readers get their turn in between.
inline constexpr std::size_t kJournalBatchMax = 512;

// A file that would not open is tried again after this.
inline constexpr std::chrono::seconds kJournalReopenPause{10};

class JournalThread final : public Journal {
 public:
  // Opens the file; where that fails the events of this life are only in memory until it does open.
  // `told` gets sentences for the log (a damaged file that was moved aside, trouble that began or
  // ended), on the journal's thread or here. Pruning goes on all the time and is counted alone.
  // `directory` must outlive the journal.
  JournalThread(const StateDir& directory, JournalLimits limits,
                std::function<void(const std::string&)> told);
  ~JournalThread() override;

  JournalStart Start() const override { return start_; }
  void Append(RecordedEvent event) override;
  std::vector<RecordedEvent> Between(std::uint64_t after, std::uint64_t before,
                                     std::size_t count_max) const override;
  std::optional<std::uint64_t> FirstSince(runtime::WallTime since) const override;
  JournalStatus Status() const override;

  // Writes what waits, and where this life's events end; then ends the thread. No Append may come
  // after it. Idempotent.
  void Stop();
  // Waits until everything that was appended before is written or dropped. For tests and Stop.
  void Flush();

 private:
  void Open();
  void Drain();
  void Write(std::span<const RecordedEvent> events);
  void SetTrouble(const std::string& trouble);
  void Tell(const std::string& sentence) const;

  const StateDir& directory_;
  const JournalLimits limits_;
  const std::function<void(const std::string&)> told_;
  JournalStart start_;  // constant once the constructor is done
  mutable runtime::Mutex file_mutex_;
  mutable std::optional<JournalFile> file_ FAIRLEAD_GUARDED_BY(file_mutex_);
  mutable runtime::Mutex status_mutex_;
  JournalStatus status_ FAIRLEAD_GUARDED_BY(status_mutex_);
  // The journal's thread alone from here.
  TimePoint reopen_at_{};
  Error open_error_;  // why the file is not open, while it is not
  std::uint64_t last_written_ = 0;
  std::uint64_t last_seen_ = 0;
  runtime::Mailbox<RecordedEvent> queue_;
  bool is_stopped_ = false;  // Stop's caller
  runtime::IoThread thread_{"fl-journal"};
};

}  // namespace fairlead::store
