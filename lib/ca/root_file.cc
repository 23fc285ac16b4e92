#include "ca/root_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "ca/file_parts.h"
#include "runtime/secret_file.h"

namespace fairlead::ca {
namespace {

// Four roots have 4 KiB.
constexpr std::size_t kFileBytesMax = 64 * 1024;
constexpr std::string_view kWhatNow =
    "put a good copy there, or move it away for a new authority, which callers have to learn to "
    "believe";

std::unexpected<Error> Odd(Code code, const std::string& path, std::string_view why) {
  return Fail(code, fmt::format("read the authority of services {}: {}; {}", path, why, kWhatNow));
}

}  // namespace

RootFile::RootFile(std::string state_dir)
    : folder_(std::move(state_dir)), path_(fmt::format("{}/{}", folder_, kRootFileName)) {}

Result<std::vector<Authority>> RootFile::Read() const {
  struct stat facts{};
  if (::lstat(path_.c_str(), &facts) != 0) {
    if (errno == ENOENT) return std::vector<Authority>{};
    return SystemFailed("read the authority of services", path_);
  }
  if (S_ISLNK(facts.st_mode)) return Odd(Code::kPermissionDenied, path_, "it is a symlink");
  if ((facts.st_mode & S_IWOTH) != 0)
    return Odd(Code::kPermissionDenied, path_, "every user may write to it");
  Result<std::string> text = runtime::ReadSecretFile(path_, kFileBytesMax);
  if (!text) return Odd(text.error().code, path_, text.error().message);
  Result<std::vector<Authority>> roots = ReadRoots(*text);
  OPENSSL_cleanse(text->data(), text->size());
  if (!roots) return Odd(roots.error().code, path_, roots.error().message);
  return roots;
}

Result<> RootFile::Write(const std::vector<Authority>& roots) const {
  const FileDescriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return SystemFailed("open", folder_);
  const std::string fresh = fmt::format("{}.new", kRootFileName);
  if (::unlinkat(folder.get(), fresh.c_str(), 0) != 0 && errno != ENOENT)
    return SystemFailed("replace", folder_ + "/" + fresh);
  std::string text = TextOfRoots(roots);
  const Result<> written = WriteNew(folder, folder_, {.name = fresh, .text = text, .mode = 0600});
  OPENSSL_cleanse(text.data(), text.size());
  if (!written) return written;
  if (::renameat(folder.get(), fresh.c_str(), folder.get(), std::string(kRootFileName).c_str()) !=
          0 ||
      ::fsync(folder.get()) != 0)
    return SystemFailed("write", path_);
  return {};
}

}  // namespace fairlead::ca
