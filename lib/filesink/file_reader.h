// FileReader: the program that reads a file of ours: from where it looks, and how it is told.
//
// Threads: the file sink's own; every call may block for two seconds.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"
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

// An NGINX of this host, which wrote its process number into `path`.
class PidFileReader final : public FileReader {
 public:
  explicit PidFileReader(std::string path);
  // kFailedPrecondition: the number is somebody else's by now.
  Result<ReaderSeen> Look() override;
  Result<> Reload() override;

 private:
  const std::string path_;
};

// The processes that `process` has started and that still live. NGINX starts new workers when it
// takes what it has read, and none when it refuses.
std::set<std::int32_t> ChildrenOf(std::int32_t process);

// Whether `process` is an NGINX, as far as its name tells.
bool IsNginx(std::int32_t process);

}  // namespace fairlead::filesink
