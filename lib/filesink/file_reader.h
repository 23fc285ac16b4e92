// FileReader: the program that reads a file of ours: from where it looks, and how it is told.
//
// Threads: the file sink's own; every call may block for seconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>

#include "base/result.h"
#include "filesink/sink_work.h"
#include "xds/viewer.h"

namespace fairlead::filesink {

struct ReaderSeen {
  xds::Viewer viewer;
  bool is_running = false;  // else it reads the file when it starts
  // Its first process as this host numbers it; 0: not seen from here.
  std::int32_t process = 0;
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual Result<ReaderSeen> Look() = 0;
  // SIGHUP, at which NGINX reads its files again. kAlreadyExists: it does not run.
  virtual Result<> Reload() = 0;
};

// Nobody is told: the file is for whoever looks at it. From the host.
class NoReader final : public FileReader {
 public:
  Result<ReaderSeen> Look() override { return ReaderSeen{}; }
  Result<> Reload() override { return {}; }
};

// An NGINX of this host, by the number that it wrote into a file (pid_file.h).
class HostReader final : public FileReader {
 public:
  // Of file `sink` of `work`, which outlives it.
  HostReader(SinkWork& work, std::size_t sink) : work_(work), sink_(sink) {}
  Result<ReaderSeen> Look() override;
  Result<> Reload() override { return work_.TellReader(sink_); }

 private:
  SinkWork& work_;
  const std::size_t sink_;
};

// The processes that `process` has started and that still live. NGINX starts new workers when it
// takes what it has read, and none when it refuses.
std::set<std::int32_t> ChildrenOf(std::int32_t process);

// Whether `process` is an NGINX, as far as its name tells.
bool IsNginx(std::int32_t process);

}  // namespace fairlead::filesink
