#include "store/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace fairlead::store {
namespace {

namespace fs = std::filesystem;

// So many damaged files are kept before a person must look; each is a sign of a failing disk.
constexpr int kCorruptFilesMax = 100;

std::string Cause(int error) {
  return std::generic_category().message(error);
}

std::string HolderOf(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = pread(lock, text.data(), text.size(), 0);
  std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') holder.pop_back();
  return holder.empty() ? "unknown" : Printable(holder, 32);
}

// A directory that a package or a person made may be wider than what it will hold allows. One that
// is another's, as root's is for who is no longer root, was made for us.
void Tighten(const fs::path& directory, std::error_code& error) {
  struct stat facts{};
  const bool is_seen = stat(directory.c_str(), &facts) == 0;
  if (is_seen && facts.st_uid != geteuid() && (facts.st_mode & S_IRWXO) == 0) return;
  fs::permissions(directory, fs::perms::owner_all, error);
}

// Of root's group nobody is but root, which may go on with the files of another user.
mode_t ModeOf(gid_t group) {
  return group == 0 ? 0660 : 0600;
}

// What is another's was made for us, if others may not read it.
bool HasMode(int file) {
  struct stat facts{};
  if (fstat(file, &facts) != 0) return false;
  if (facts.st_uid == geteuid()) return fchmod(file, ModeOf(facts.st_gid)) == 0;
  errno = EPERM;
  return (facts.st_mode & S_IRWXO) == 0;
}

Result<> MakeDirectory(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (!error && mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    error = std::error_code(errno, std::generic_category());
  }
  if (!error && !fs::is_directory(directory, error)) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error) Tighten(directory, error);
  if (error) {
    return Fail(Code::kFailedPrecondition, "make state directory " + directory.string() + ": " +
                                               error.message() +
                                               "; run as root or choose another state_dir");
  }
  return {};
}

}  // namespace

Result<StateDir> StateDir::Take(const fs::path& directory) {
  if (Result<> made = MakeDirectory(directory); !made) return std::unexpected(made.error());
  const fs::path file = directory / "lock";
  const int lock = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0 || !HasMode(lock)) {
    const int error = errno;
    if (lock >= 0) close(lock);
    return Fail(Code::kFailedPrecondition, "open " + file.string() + ": " + Cause(error));
  }
  StateDir taken(directory, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return Fail(Code::kFailedPrecondition, "lock " + file.string() + ": " + Cause(errno));
    }
    return Fail(Code::kFailedPrecondition,
                "lock " + file.string() + ": another fairleadd (process " + HolderOf(lock) +
                    ") uses this state_dir; stop it or choose another state_dir");
  }
  const std::string holder = std::to_string(getpid()) + "\n";
  // The content is for the message above only; a full disk must not stop a daemon that holds the
  // lock.
  if (ftruncate(lock, 0) == 0) {
    [[maybe_unused]] const ssize_t written = pwrite(lock, holder.data(), holder.size(), 0);
  }
  return taken;
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateDir::~StateDir() {
  if (lock_ >= 0) close(lock_);
}

Result<fs::path> StateDir::EnsureFile(const std::string& name) const {
  const fs::path file = path_ / name;
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return Fail(Code::kFailedPrecondition, "open " + file.string() + ": " + Cause(errno));
  }
  const bool tightened = HasMode(descriptor);
  const int error = errno;
  close(descriptor);
  if (!tightened) {
    return Fail(Code::kFailedPrecondition,
                "set permissions of " + file.string() + ": " + Cause(error));
  }
  return file;
}

Result<fs::path> StateDir::MoveAside(const std::string& name) const {
  for (int n = 1; n <= kCorruptFilesMax; ++n) {
    const std::string aside = name + ".corrupt-" + std::to_string(n);
    std::error_code error;
    if (fs::symlink_status(path_ / aside, error).type() != fs::file_type::not_found) continue;
    fs::rename(path_ / name, path_ / aside, error);
    if (error) {
      return Fail(Code::kFailedPrecondition,
                  "move aside " + (path_ / name).string() + ": " + error.message());
    }
    // The log of committed pages belongs to the file; it is usually absent.
    std::error_code ignored;
    fs::rename(path_ / (name + "-wal"), path_ / (aside + "-wal"), ignored);
    fs::remove(path_ / (name + "-shm"), ignored);
    fs::remove(path_ / (name + "-journal"), ignored);
    return path_ / aside;
  }
  return Fail(Code::kDataLoss, "move aside " + (path_ / name).string() +
                                   ": too many damaged files kept; look at the disk, then remove " +
                                   name + ".corrupt-*");
}

}  // namespace fairlead::store
