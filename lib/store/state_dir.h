// StateDir: the daemon's own directory, held by one process at a time.
//
// Why a lock of its own: two daemons with one ledger would each spend the same restart budget. The
// lock is the kernel's (flock), so it ends with the process however that ends.
// Threads: a value that moves; no calls at the same time.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace fairlead::store {

class StateDir {
 public:
  // Makes `directory` (0700, parents as needed; tightened when it is wider, unless it is another
  // user's and nothing for others) and takes its lock.
  // kFailedPrecondition: not writable, or another daemon uses it (the message names its process).
  static Result<StateDir> Take(const std::filesystem::path& directory);

  StateDir(StateDir&& other) noexcept;
  StateDir& operator=(StateDir&&) = delete;
  StateDir(const StateDir&) = delete;
  StateDir& operator=(const StateDir&) = delete;
  ~StateDir();

  const std::filesystem::path& path() const { return path_; }

  // Makes an empty file `name` (0600; 0660 where its group is root's) unless it exists; gives its
  // path. A symbolic link is refused.
  Result<std::filesystem::path> EnsureFile(const std::string& name) const;

  // Renames `name` and SQLite's files beside it to `name`.corrupt-N, N the first free number; gives
  // the new path. Never overwrites: what is moved aside may be all that is left for a person to
  // read.
  Result<std::filesystem::path> MoveAside(const std::string& name) const;

 private:
  StateDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_;  // file descriptor that holds the lock; -1 when moved from
};

}  // namespace fairlead::store
