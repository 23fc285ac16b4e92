// The files of a profile: read within a limit, and looked at for a change.
//
// Why stat() and no inotify: a mounted file is replaced by rename, by a new symlink in its folder
// or one above (Kubernetes does that), or written in place, and a watch that misses one of these is
// silent. Three stat() calls see all of them and cost nothing beside a handshake.
// Threads: any. The files are small and read in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "tls/profile.h"

namespace fairlead::tls {

// A certificate chain or a bundle of authorities; Debian's whole bundle has 220 KB.
inline constexpr std::size_t kFileBytesMax = 1024 * 1024;

// What the kernel says of one file; symlinks are followed.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;  // of the inode, since the epoch
  unsigned mode = 0;            // permission bits
  int error = 0;                // errno, when it cannot be looked at

  bool operator==(const FileStamp&) const = default;
};

using ProfileStamp = std::array<FileStamp, 3>;  // cert, key, ca; a path that is not set is all zero

ProfileStamp LookAt(const Profile& profile);

// kUnauthenticated, naming the file and what is wrong with it: missing, not readable, no regular
// file, over kFileBytesMax. Never waits on a FIFO.
Result<ProfileTexts> ReadTexts(const Profile& profile);

}  // namespace fairlead::tls
