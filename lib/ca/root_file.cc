#include "ca/root_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <optional>

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

Result<std::vector<Authority>> RootsOf(const OwnText& own, const std::string& path) {
  if (const auto why = runtime::WhyNoSecret(own.mode))
    return Odd(Code::kPermissionDenied, path, *why);
  if ((own.mode & S_IWOTH) != 0)
    return Odd(Code::kPermissionDenied, path, "every user may write to it");
  if ((own.mode & (S_IRWXG | S_IRWXO)) != 0)
    return Odd(
        Code::kPermissionDenied, path,
        fmt::format("its mode {:04o} lets more than its owner use it; chmod 0600 it", own.mode));
  Result<std::vector<Authority>> roots = ReadRoots(own.text);
  if (!roots) return Odd(roots.error().code, path, roots.error().message);
  return roots;
}

}  // namespace

RootFile::RootFile(const std::string& state_dir)
    : file_(fmt::format("{}/{}", state_dir, kRootFileName)) {}

Result<std::vector<Authority>> RootFile::Read() const {
  Result<std::optional<OwnText>> read = file_.Read(kFileBytesMax);
  if (!read) return Odd(read.error().code, path(), read.error().message);
  if (!*read) return std::vector<Authority>{};
  OwnText& own = **read;
  Result<std::vector<Authority>> roots = RootsOf(own, path());
  OPENSSL_cleanse(own.text.data(), own.text.size());
  return roots;
}

Result<> RootFile::Write(const std::vector<Authority>& roots) const {
  std::string text = TextOfRoots(roots);
  Result<> written = file_.Replace(text, 0600);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

}  // namespace fairlead::ca
