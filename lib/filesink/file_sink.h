// FileSink: keeps one file as the lists of services are, and its reader up to date.
//
// How: each round computes what is to be listed from what is true now, and has it compared with
// what is on the disk (sink_work.h). If they differ it is written and checked, and the reader gets
// SIGHUP; then the reader's new processes are the proof that it was taken. What the check or NGINX
// itself refuses never stays: the former file is put back. So a lost change, a restart of ours or
// somebody's hand in the file costs one look, never correctness. Threads: the sink has one of its
// own, as checks and disks block. Publish, OpenGate and Drop from any thread; `told` is called on
// the sink's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/control.h"
#include "filesink/file_reader.h"
#include "filesink/pacing.h"
#include "filesink/page.h"
#include "filesink/sink_work.h"
#include "runtime/io_thread.h"
#include "runtime/mutex.h"

namespace fairlead::filesink {

struct FileSinkOptions {
  std::size_t index = 0;              // of the work's
  std::string output;                 // absolute; for people
  std::vector<ServiceName> services;  // empty = all
};

struct FileSinkLimits {
  PacingLimits pacing;
  // NGINX starts its new workers within some 20 ms of SIGHUP.
  Duration taken_timeout = std::chrono::seconds(5);
  // Where its processes are not to be seen, it is believed to have taken a file after this.
  Duration taken_blindly = std::chrono::seconds(1);
};

class FileSink {
 public:
  struct Told {
    std::function<void(const controller::FileSinkStatus&)> status;
    // For the log. `changed` is in force; and trouble that began, changed or (empty) ended.
    std::function<void(const std::string& output, const std::string& changed)> written;
    std::function<void(const std::string& output, const std::string& trouble)> trouble;
    // The reader obeys these revisions.
    std::function<void(const std::map<ServiceName, std::uint64_t>&)> adopted;
  };

  // `work` and `reader` are used on the sink's thread alone; `work` outlives it.
  FileSink(FileSinkOptions options, FileSinkLimits limits, SinkWork& work,
           std::unique_ptr<FileReader> reader, Told told);
  // Ends after what blocks just then; the file stays as it is.
  ~FileSink();
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  // Latest wins, per service. Nothing is written before the gate opens.
  void Publish(const std::vector<fleet::ServiceViewPtr>& changed,
               const std::vector<ServiceName>& dropped);
  void OpenGate();
  // For metrics of the loop.
  runtime::IoThread& loop() { return loop_; }

 private:
  boost::asio::awaitable<void> Live();
  boost::asio::awaitable<void> Round();
  // Everything of a round but its bookkeeping. True when the reader has been told to read.
  boost::asio::awaitable<Result<bool>> BringUpToDate(const Views& views);
  // The file is in its place: tells the reader, and sees whether it takes it.
  boost::asio::awaitable<Result<bool>> MakeRead(const ReaderSeen& seen);
  // Ends early when something has changed.
  boost::asio::awaitable<void> PauseAtMost(Duration duration);
  void ShowTrouble(const std::string& trouble);

  const FileSinkOptions options_;
  const FileSinkLimits limits_;
  SinkWork& work_;
  const std::unique_ptr<FileReader> reader_;
  const Told told_;
  runtime::Mutex mutex_;
  Views views_ FAIRLEAD_GUARDED_BY(mutex_);
  bool is_gate_open_ FAIRLEAD_GUARDED_BY(mutex_) = false;
  // The sink's thread only from here.
  Pacing pacing_;
  std::optional<Page> page_in_force_;  // none: not of this life
  std::optional<xds::Viewer> viewer_;  // the last that was seen
  std::string left_out_;
  controller::FileSinkStatus status_;
  runtime::IoThread loop_;
  boost::asio::steady_timer wake_;
};

}  // namespace fairlead::filesink
