// OwnFile: a file that fairlead has written, in a directory where somebody else may create names.
//
// Why: the state directory and that of the discovery socket are also those of the part that talks
// to the network. Whoever takes that over may put files, links and directories there, under our
// names and before we do. So a file counts only when we or root own it; no link in its place is
// followed; what lies there and is not ours is neither used nor replaced, and that is told. What is
// written is a new file, which takes the former's place by a rename: nothing is written into what
// was there, whatever other names (hard links) it has.
// Threads: any; blocks on the disk.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::ca {

struct OwnText {
  std::string text;
  mode_t mode = 0;  // permission bits
};

class OwnFile {
 public:
  explicit OwnFile(std::string path);
  const std::string& path() const { return path_; }

  // Nothing: there is none. Errors with the cause alone: kPermissionDenied, it is not ours;
  // kUnavailable, as runtime/small_file.h.
  Result<std::optional<OwnText>> Read(std::size_t bytes_max) const;

  // In whole, or as it was; on disk when this returns. kPermissionDenied: what is there is not
  // ours. kNotFound: its directory is not there. kUnavailable: the system.
  Result<> Replace(std::string_view text, mode_t mode) const;

 private:
  const std::string path_;
  const std::string folder_;
  const std::string name_;  // in it
};

}  // namespace fairlead::ca
