// Named files: those that the configuration names, opened for a process that may not, by one that
// may.
//
// Why: keys and secrets are root's, and who talks to the network is somebody else. It gets the
// files that were named when both began, for reading, and no other; of directories it hears
// nothing. Threads: the server's is the caller's; the client's any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "base/time.h"
#include "runtime/file_descriptor.h"

namespace fairlead::confine {

// Loops wait for the answer, so it is short; and as long as a process takes that was just started,
// on a host without a processor to spare. Files on a disk that does not answer block whoever opens
// them, here as anywhere.
inline constexpr Duration kFilePatience = std::chrono::milliseconds(500);
// After a question that nobody answered, so long all others are refused at once: a loop that looks
// at each of a hundred files waits for the first alone.
inline constexpr Duration kFileSilenceKept = std::chrono::seconds(1);
// Of a path: what the kernel takes (PATH_MAX).
inline constexpr std::size_t kPathBytesMax = 4096;

// Serves until nobody holds the other end of `pair` (SOCK_SEQPACKET). A question is a path as it is
// among `names`; with the answer, an errno, comes the file, which is a regular one. EPERM: it has
// no such name.
void ServeNamedFiles(int pair, const std::set<std::string>& names);

class NamedFilesClient {
 public:
  // `pair`: SOCK_SEQPACKET, the caller's, for as long as this lives.
  explicit NamedFilesClient(int pair, Duration patience = kFilePatience)
      : pair_(pair), patience_(patience) {}

  // 0, or an errno: the other process's, or ETIMEDOUT and ECONNRESET where it has not answered.
  int Open(const std::string& path, runtime::FileDescriptor& file);

  // Questions that nobody answered, those that were refused for it among them.
  std::uint64_t unanswered() const { return unanswered_; }

 private:
  const int pair_;
  const Duration patience_;
  std::atomic<std::uint64_t> unanswered_ = 0;
  std::atomic<TimePoint::rep> silent_until_ = 0;
};

}  // namespace fairlead::confine
