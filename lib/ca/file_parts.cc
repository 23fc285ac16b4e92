#include "ca/file_parts.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "runtime/write_all.h"

namespace fairlead::ca {
namespace {

// Who is root or without CAP_CHOWN can give nothing away, and need not to itself.
bool GiveTo(int file, const FileOwner& owner) {
  struct stat facts{};
  if (::fstat(file, &facts) != 0) return false;
  const uid_t uid = owner.uid == 0 ? ::geteuid() : owner.uid;
  const gid_t gid = owner.gid.value_or(facts.st_gid);
  if (facts.st_uid == uid && facts.st_gid == gid) return true;
  return ::fchown(file, uid, gid) == 0;
}

}  // namespace

std::unexpected<Error> SystemFailed(std::string_view doing, const std::string& path) {
  return Fail(Code::kUnavailable,
              fmt::format("{} {}: {}", doing, path, std::generic_category().message(errno)));
}

bool IsOurs(const struct stat& facts) {
  return facts.st_uid == ::geteuid() || facts.st_uid == 0;
}

Result<FileDescriptor> OpenFolder(std::string path) {
  // With a slash at its end the system follows a link, whatever it is told.
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const FileDescriptor named(::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat facts{};
  if (!named.valid() && errno == ENOENT)
    return Fail(Code::kNotFound, fmt::format("open {}: it is not there", path));
  if (!named.valid() || ::fstat(named.get(), &facts) != 0) return SystemFailed("open", path);
  const bool is_link = S_ISLNK(facts.st_mode);
  if (is_link && !IsOurs(facts))
    return Fail(
        Code::kPermissionDenied,
        fmt::format("open {}: it is a symlink of user {}; move it away", path, facts.st_uid));
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  FileDescriptor folder(is_link ? ::open(path.c_str(), kFlags)
                                : ::openat(named.get(), ".", kFlags));
  if (!folder.valid()) return SystemFailed("open", path);
  return folder;
}

Result<> WriteNew(const FileDescriptor& place, const std::string& path, const NewFile& file) {
  const std::string whole = path + "/" + file.name;
  const FileDescriptor made(::openat(place.get(), file.name.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!made.valid()) return SystemFailed("write", whole);
  if (!runtime::WriteAll(made.get(), file.text) || ::fchmod(made.get(), file.mode) != 0)
    return SystemFailed("write", whole);
  if (!GiveTo(made.get(), file.owner))
    return SystemFailed(
        fmt::format("give to user {} (fairleadd needs CAP_CHOWN for it)", file.owner.uid), whole);
  if (::fsync(made.get()) != 0) return SystemFailed("write", whole);
  return {};
}

}  // namespace fairlead::ca
