#include "ca/own_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "ca/file_parts.h"

namespace fairlead::ca {
namespace {

// Why what is there is no file of ours. Nothing: it is one.
std::optional<std::string> WhyNotOurs(const struct stat& facts) {
  if (S_ISLNK(facts.st_mode)) return "it is a symlink";
  if (!S_ISREG(facts.st_mode)) return "it is no file";
  if (IsOurs(facts)) return std::nullopt;
  return fmt::format("user {} owns it, and it has to be fairlead's own (chown root:root)",
                     facts.st_uid);
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::unexpected<Error> SystemsWord() {
  return Fail(Code::kUnavailable, std::generic_category().message(errno));
}

}  // namespace

OwnFile::OwnFile(std::string path)
    : path_(std::move(path)), folder_(FolderOf(path_)), name_(path_.substr(path_.rfind('/') + 1)) {}

Result<std::optional<OwnText>> OwnFile::Read(std::size_t bytes_max) const {
  const Result<FileDescriptor> folder = OpenFolder(folder_);
  if (!folder && folder.error().code == Code::kNotFound) return std::nullopt;
  if (!folder) return std::unexpected(folder.error());
  const FileDescriptor file(
      ::openat(folder->get(), name_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.valid() && errno == ENOENT) return std::nullopt;
  if (!file.valid() && errno == ELOOP) return Fail(Code::kPermissionDenied, "it is a symlink");
  struct stat facts{};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return SystemsWord();
  if (auto why = WhyNotOurs(facts)) return Fail(Code::kPermissionDenied, *std::move(why));
  OwnText own{.text = std::string(bytes_max + 1, '\0'), .mode = facts.st_mode & 07777U};
  const ssize_t bytes = ::read(file.get(), own.text.data(), own.text.size());
  if (bytes < 0) return SystemsWord();
  own.text.resize(static_cast<std::size_t>(bytes));
  if (own.text.size() > bytes_max)
    return Fail(Code::kUnavailable, fmt::format("over {} bytes", bytes_max));
  return own;
}

Result<> OwnFile::Replace(std::string_view text, mode_t mode) const {
  const std::string fresh = name_ + ".new";
  const Result<FileDescriptor> folder = OpenFolder(folder_);
  if (!folder) return std::unexpected(folder.error());
  struct stat facts{};
  if (::fstatat(folder->get(), name_.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0) {
    if (const auto why = WhyNotOurs(facts))
      return Fail(Code::kPermissionDenied, fmt::format("write {}: {}; move it away", path_, *why));
  }
  // Of a life that ended while it wrote, or of somebody who wanted to be first.
  if (::unlinkat(folder->get(), fresh.c_str(), 0) != 0 && errno != ENOENT)
    return SystemFailed("remove", path_ + ".new");
  if (Result<> written = WriteNew(*folder, folder_, {.name = fresh, .text = text, .mode = mode});
      !written)
    return written;
  if (::renameat(folder->get(), fresh.c_str(), folder->get(), name_.c_str()) != 0 ||
      ::fsync(folder->get()) != 0)
    return SystemFailed("write", path_);
  return {};
}

}  // namespace fairlead::ca
