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
