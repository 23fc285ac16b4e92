#include "confine/share_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "runtime/file_descriptor.h"

namespace fairlead::confine {
namespace {

namespace fs = std::filesystem;
using runtime::FileDescriptor;

constexpr uid_t kRoot = 0;
constexpr gid_t kRootGroup = 0;
constexpr mode_t kShared = S_ISVTX | S_IRWXU | S_IRWXG;
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::unexpected<Error> CannotShare(const std::string& path, const std::string& why) {
  return Fail(Code::kPermissionDenied,
              "share " + path + " with the user that fairleadd becomes: " + why);
}

std::unexpected<Error> CannotShare(const std::string& path, int error) {
  return CannotShare(path, std::generic_category().message(error));
}

// Names in a directory, but `.` and `..`.
std::vector<std::string> NamesIn(const FileDescriptor& folder) {
  std::vector<std::string> names;
  const int copy = ::openat(folder.get(), ".", kFolderFlags);
  if (copy < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::fdopendir(copy), ::closedir);
  if (!open) return names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name(entry->d_name);
    if (name != "." && name != "..") names.push_back(name);
  }
  return names;
}

// The thing itself, be it a link: what it is and whose is asked and changed of one and the same.
Result<> GiveEntry(const FileDescriptor& folder, const std::string& path, const std::string& name,
                   uid_t user) {
  const FileDescriptor entry(::openat(folder.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts{};
  if (!entry.valid() || ::fstat(entry.get(), &facts) != 0) return {};  // it has gone
  const bool is_ours = S_ISREG(facts.st_mode) || S_ISSOCK(facts.st_mode);
  // With a second name it could be anybody's file.
  if (!is_ours || facts.st_nlink != 1 || (facts.st_uid == user && facts.st_gid == kRootGroup))
    return {};
  if (::fchownat(entry.get(), "", user, kRootGroup, AT_EMPTY_PATH) == 0) return {};
  return CannotShare(path + "/" + name, errno);
}

// Each directory on the way to `path`.
Result<> LooseWay(const std::string& path, uid_t user) {
  if (user == kRoot) return {};
  std::error_code error;
  fs::path way;
  for (const fs::path& part : fs::weakly_canonical(path, error)) {
    struct stat facts{};
    way /= part;
    if (::stat(way.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) continue;
    if (way != path && !MayEnter(facts, user))
      return CannotShare(path, "others may not enter " + way.string() +
                                   "; chmod o+x it, choose another place, or set user to root");
  }
  return {};
}

Result<FileDescriptor> OpenFolder(const std::string& path, mode_t mode) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const bool is_new = ::mkdir(path.c_str(), mode) == 0;
  if (!is_new && errno != EEXIST) return CannotShare(path, errno);
  FileDescriptor folder(::open(path.c_str(), kFolderFlags));
  if (!folder.valid()) return CannotShare(path, errno);
  // Whatever the umask is.
  if (is_new && ::fchmod(folder.get(), mode) != 0) return CannotShare(path, errno);
  return folder;
}

bool IsOurs(const FolderToShare& wanted, const std::string& name) {
  return wanted.ours.empty() || wanted.ours.contains(name);
}

// So that `user` may make files in it.
Result<> OpenTo(const FileDescriptor& folder, const std::string& path, const FolderToShare& wanted,
                const std::vector<std::string>& names, uid_t user) {
  struct stat facts{};
  if (::fstat(folder.get(), &facts) != 0) return CannotShare(path, errno);
  if ((facts.st_mode & S_IWOTH) != 0 && !wanted.is_private) return {};
  const auto other =
      std::ranges::find_if(names, [&](const std::string& name) { return !IsOurs(wanted, name); });
  if (user != kRoot && other != names.end())
    return CannotShare(path, "it holds more than fairlead's sockets (" + *other +
                                 "); give them a directory of their own, or set user to root");
  const uid_t owner = facts.st_gid == kRootGroup ? kRoot : user;
  if (facts.st_uid != owner && ::fchown(folder.get(), owner, static_cast<gid_t>(-1)) != 0)
    return CannotShare(path, errno);
  const mode_t before = facts.st_mode & 07777U;
  const mode_t kept = wanted.is_private ? before & ~mode_t{S_IRWXO} : before;
  const mode_t mode = owner == user ? kept : (kept | kShared);
  if (mode == before) return {};
  return ::fchmod(folder.get(), mode) == 0 ? Result<>() : CannotShare(path, errno);
}

}  // namespace

bool MayEnter(const struct stat& directory, uid_t user) {
  if (directory.st_uid == user) return (directory.st_mode & S_IXUSR) != 0;
  if (directory.st_gid == kRootGroup) return (directory.st_mode & S_IXGRP) != 0;
  return (directory.st_mode & S_IXOTH) != 0;
}

Result<> ShareFolder(const std::string& path, const FolderToShare& wanted, uid_t user) {
  if (Result<> loose = LooseWay(path, user); !loose) return loose;
  Result<FileDescriptor> folder = OpenFolder(path, wanted.mode);
  if (!folder) return std::unexpected(folder.error());
  const std::vector<std::string> names = NamesIn(*folder);
  if (Result<> opened = OpenTo(*folder, path, wanted, names, user); !opened) return opened;
  for (const std::string& name : names) {
    const bool is_spared = std::ranges::any_of(
        wanted.spared, [&](const std::string& beginning) { return name.starts_with(beginning); });
    if (is_spared || !IsOurs(wanted, name)) continue;
    if (Result<> given = GiveEntry(*folder, path, name, user); !given) return given;
  }
  return {};
}

}  // namespace fairlead::confine
