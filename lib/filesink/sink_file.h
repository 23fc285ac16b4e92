// SinkFile: one file that another program reads, replaced as a whole.
//
// Beside OUTPUT stand, hidden from patterns such as `*.conf`: `.NAME.new`, the candidate while it
// is checked; `.NAME.refused`, what was refused last; `.NAME.untold`, there while OUTPUT is newer
// than what its reader was told: so an end of ours between the two does not leave it so; and as
// long `.NAME.former`, what the reader was told last, if there was anything.
// Threads: any one at a time; blocks on the disk.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace fairlead::filesink {

// 10,000 replicas need 600 KB of the usual template.
inline constexpr std::size_t kOutputBytesMax = std::size_t{4} << 20;

class SinkFile {
 public:
  // `output`: absolute. Its folder is made, with mode 0755, if only that is missing.
  explicit SinkFile(std::string output);

  const std::string& candidate() const { return candidate_; }
  // Nothing when there is none, or when it cannot be read.
  std::optional<std::string> Read() const;

  // Errors: kUnavailable, with what to look at.
  Result<> WriteCandidate(const std::string& text) const;
  // Keeps the candidate for people to look at.
  void Refuse() const;
  // The candidate takes the output's place; from now on the reader is to be told. What it was told
  // last is kept until OnTold() or TakeBack(), however often this is done before.
  Result<> Place() const;
  bool IsUntold() const;
  void OnTold() const;
  // What the reader was told last takes the output's place again (nothing: as there was none), and
  // the output is kept for people. Nothing is done unless it is untold.
  Result<> TakeBack() const;

 private:
  const std::string output_;
  const std::string folder_;
  const std::string candidate_;
  const std::string refused_;
  const std::string untold_;
  const std::string former_;
};

}  // namespace fairlead::filesink
