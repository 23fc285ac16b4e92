#include "ca/pair_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

namespace fairlead::ca {
namespace {

constexpr const char* kDataLink = "..data";
constexpr const char* kDataLinkNew = "..data_new";
constexpr std::string_view kVersionMark = "..v";
constexpr std::array<std::string_view, 3> kFiles = {kCertFile, kKeyFile, kBundleFile};
constexpr int kFolderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// A chain of a few certificates; what is longer is not ours.
constexpr std::size_t kTextBytesMax = 256 * 1024;
// More names than that in one directory are somebody's mischief, and cost us no more time.
constexpr int kNamesMax = 10'000;

// Nobody who may write there can be there first.
std::optional<std::string> RandomName() {
  std::array<unsigned char, 8> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return std::nullopt;
  std::string name(kVersionMark);
  for (const unsigned char byte : bytes) name += fmt::format("{:02x}", byte);
  return name;
}

Result<> CheckFolder(const FileDescriptor& folder, const std::string& path) {
  struct stat facts{};
  if (::fstat(folder.get(), &facts) != 0) return SystemFailed("look at", path);
  if (!IsOurs(facts))
    return Fail(Code::kFailedPrecondition,
                fmt::format("write keys into {}: user {} owns it; it has to be fairlead's own "
                            "(chown root:root)",
                            path, facts.st_uid));
  if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return Fail(Code::kFailedPrecondition,
                fmt::format("write keys into {}: its mode {:04o} lets others write there; chmod "
                            "0755 it",
                            path, facts.st_mode & 07777U));
  return {};
}

Result<FileDescriptor> Enter(const FileDescriptor& above, const std::string& name, mode_t mode,
                             const std::string& path) {
  const bool is_new = ::mkdirat(above.get(), name.c_str(), mode) == 0;
  if (!is_new && errno != EEXIST) return SystemFailed("make", path);
  FileDescriptor folder(::openat(above.get(), name.c_str(), kFolderFlags));
  if (!folder.valid()) {
    if (errno != ELOOP && errno != ENOTDIR) return SystemFailed("open", path);
    return Fail(Code::kFailedPrecondition,
                fmt::format("write keys into {}: it is no directory; move it away", path));
  }
  // Whatever our umask is.
  if (is_new && ::fchmod(folder.get(), mode) != 0) return SystemFailed("make", path);
  if (Result<> good = CheckFolder(folder, path); !good) return std::unexpected(good.error());
  return folder;
}

std::vector<std::string> NamesIn(const FileDescriptor& folder) {
  std::vector<std::string> names;
  const int copy = ::openat(folder.get(), ".", kFolderFlags);
  if (copy < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::fdopendir(copy), ::closedir);
  if (open == nullptr) {
    ::close(copy);
    return names;
  }
  for (int i = 0; i < kNamesMax; ++i) {
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

std::string LinkIn(const FileDescriptor& folder, const char* name) {
  std::array<char, PATH_MAX> text{};
  const ssize_t size = ::readlinkat(folder.get(), name, text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string TextIn(const FileDescriptor& folder, std::string_view name) {
  const FileDescriptor file(::openat(folder.get(), std::string(name).c_str(),
                                     O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat facts{};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return "";
  std::string text(kTextBytesMax + 1, '\0');
  const ssize_t bytes = ::read(file.get(), text.data(), text.size());
  if (bytes < 0 || static_cast<std::size_t>(bytes) > kTextBytesMax) return "";
  text.resize(static_cast<std::size_t>(bytes));
  return text;
}

mode_t KeyMode(const FileOwner& owner) {
  return owner.gid ? 0440 : 0400;
}

bool HasKey(const FileDescriptor& folder, const FileOwner& owner) {
  struct stat facts{};
  const uid_t uid = owner.uid == 0 ? ::geteuid() : owner.uid;
  return ::fstatat(folder.get(), std::string(kKeyFile).c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISREG(facts.st_mode) && facts.st_size > 0 && facts.st_uid == uid &&
         (facts.st_mode & 07777U) == KeyMode(owner) && (!owner.gid || facts.st_gid == *owner.gid);
}

bool IsVersion(std::string_view name) {
  return name.starts_with(kVersionMark) && name.find('/') == name.npos;
}

// Only what is ours: a directory with something else in it stays.
void RemoveVersion(const FileDescriptor& folder, const std::string& name) {
  const FileDescriptor version(::openat(folder.get(), name.c_str(), kFolderFlags));
  if (!version.valid()) return;
  for (const std::string_view file : kFiles)
    ::unlinkat(version.get(), std::string(file).c_str(), 0);
  ::unlinkat(folder.get(), name.c_str(), AT_REMOVEDIR);
}

std::string Through(std::string_view file) {
  return fmt::format("{}/{}", kDataLink, file);
}

}  // namespace

Result<PairFolder> PairFolder::Open(const FolderPlace& place) {
  constexpr mode_t kOnTheWay = 0755;
  std::string path = place.root;
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (::mkdir(path.c_str(), kOnTheWay) != 0 && errno != EEXIST) return SystemFailed("make", path);
  Result<FileDescriptor> root = OpenFolder(path);
  if (!root) return std::unexpected(root.error());
  FileDescriptor folder = *std::move(root);
  if (Result<> good = CheckFolder(folder, path); !good) return std::unexpected(good.error());
  for (std::size_t i = 0; i < place.parts.size(); ++i) {
    path += "/" + place.parts[i];
    const bool is_last = i + 1 == place.parts.size();
    Result<FileDescriptor> next =
        Enter(folder, place.parts[i], is_last ? place.mode : kOnTheWay, path);
    if (!next) return std::unexpected(next.error());
    folder = *std::move(next);
  }
  return PairFolder(std::move(folder), std::move(path));
}

std::string PairFolder::Version() const {
  std::string target = LinkIn(folder_, kDataLink);
  return IsVersion(target) ? target : "";
}

PairFolder::Found PairFolder::Read(const FileOwner& owner) const {
  const std::string target = Version();
  if (target.empty()) return {};
  const FileDescriptor version(::openat(folder_.get(), target.c_str(), kFolderFlags));
  if (!version.valid()) return {};
  for (const std::string_view file : kFiles) {
    if (LinkIn(folder_, std::string(file).c_str()) != Through(file)) return {};
  }
  return {.cert = TextIn(version, kCertFile),
          .bundle = TextIn(version, kBundleFile),
          .version = target,
          .has_key = HasKey(version, owner)};
}

Result<> PairFolder::Prepare(const PairTexts& texts, const FileOwner& owner) {
  for (const std::string_view file : kFiles) {
    struct stat facts{};
    const std::string name(file);
    if (::fstatat(folder_.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISLNK(facts.st_mode))
      return Fail(
          Code::kFailedPrecondition,
          fmt::format("write {}/{}: a file of somebody else is there; move it away", path_, file));
  }
  const std::optional<std::string> name = RandomName();
  if (!name) return SystemFailed("name a directory in", path_);
  const std::string path = path_ + "/" + *name;
  if (::mkdirat(folder_.get(), name->c_str(), 0700) != 0) return SystemFailed("make", path);
  const FileDescriptor version(::openat(folder_.get(), name->c_str(), kFolderFlags));
  if (!version.valid()) return SystemFailed("open", path);
  constexpr mode_t kOpen = 0444;  // who may enter the directory may see whose it is
  const NewFile files[] = {
      {.name = std::string(kCertFile), .text = texts.cert, .mode = kOpen},
      {.name = std::string(kKeyFile), .text = texts.key, .mode = KeyMode(owner), .owner = owner},
      {.name = std::string(kBundleFile), .text = texts.bundle, .mode = kOpen}};
  for (const NewFile& file : files) {
    if (Result<> written = WriteNew(version, path, file); !written) {
      RemoveVersion(folder_, *name);
      return written;
    }
  }
  if (::fchmod(version.get(), 0755) != 0 || ::fsync(version.get()) != 0)
    return SystemFailed("write", path);
  prepared_ = *name;
  return {};
}

Result<> PairFolder::PlaceLinks() const {
  for (const std::string_view file : kFiles) {
    const std::string name(file);
    if (LinkIn(folder_, name.c_str()) == Through(file)) continue;
    ::unlinkat(folder_.get(), name.c_str(), 0);
    if (::symlinkat(Through(file).c_str(), folder_.get(), name.c_str()) != 0)
      return SystemFailed("write", path_ + "/" + name);
  }
  return {};
}

Result<> PairFolder::Swap() {
  if (prepared_.empty())
    return Fail(Code::kFailedPrecondition, fmt::format("change {}: nothing is prepared", path_));
  const std::string target = Version();
  ::unlinkat(folder_.get(), kDataLinkNew, 0);
  if (::symlinkat(prepared_.c_str(), folder_.get(), kDataLinkNew) != 0 ||
      ::renameat(folder_.get(), kDataLinkNew, folder_.get(), kDataLink) != 0)
    return SystemFailed("change", path_ + "/" + kDataLink);
  former_ = target;
  prepared_.clear();
  if (Result<> placed = PlaceLinks(); !placed) return placed;
  if (::fsync(folder_.get()) != 0) return SystemFailed("write", path_);
  return {};
}

void PairFolder::Sweep(const std::vector<std::string>& kept) const {
  for (const std::string& name : NamesIn(folder_)) {
    if (IsVersion(name) && std::ranges::find(kept, name) == kept.end())
      RemoveVersion(folder_, name);
  }
  ::unlinkat(folder_.get(), kDataLinkNew, 0);
}

void PairFolder::Clean() {
  Sweep({Version(), former_, prepared_});
}

void PairFolder::Remove(const FolderPlace& place) {
  std::vector<FileDescriptor> way;
  way.push_back(OpenFolder(place.root).value_or(FileDescriptor()));
  for (const std::string& part : place.parts) {
    if (!way.back().valid()) return;
    way.emplace_back(::openat(way.back().get(), part.c_str(), kFolderFlags));
  }
  if (!way.back().valid()) return;
  const PairFolder folder(std::move(way.back()), "");
  way.pop_back();
  for (const std::string_view file : kFiles) {
    const std::string name(file);
    if (LinkIn(folder.folder_, name.c_str()) == Through(file))
      ::unlinkat(folder.folder_.get(), name.c_str(), 0);
  }
  if (IsVersion(LinkIn(folder.folder_, kDataLink))) ::unlinkat(folder.folder_.get(), kDataLink, 0);
  folder.Sweep({});
  for (std::size_t i = place.parts.size(); i > 0; --i)
    ::unlinkat(way[i - 1].get(), place.parts[i - 1].c_str(), AT_REMOVEDIR);
}

std::vector<std::pair<std::string, std::string>> FoldersIn(const std::string& root) {
  std::vector<std::pair<std::string, std::string>> found;
  const Result<FileDescriptor> top = OpenFolder(root);
  if (!top) return found;
  for (const std::string& project : NamesIn(*top)) {
    if (project.starts_with('.')) continue;
    const FileDescriptor middle(::openat(top->get(), project.c_str(), kFolderFlags));
    if (!middle.valid()) continue;
    for (const std::string& service : NamesIn(middle)) {
      const FileDescriptor folder(::openat(middle.get(), service.c_str(), kFolderFlags));
      if (folder.valid() && IsVersion(LinkIn(folder, kDataLink)))
        found.emplace_back(project, service);
    }
  }
  return found;
}

}  // namespace fairlead::ca
