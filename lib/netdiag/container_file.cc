#include "netdiag/container_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>
#include <vector>

#include "netdiag/namespace_socket.h"

namespace fairlead::netdiag {
namespace {

// The walk from a root to a file.
class Walk {
 public:
  Walk(FileDescriptor root, std::string_view path) {
    way_.push_back(std::move(root));
    GoAlong(path);
  }

  // The file at the end, for reading.
  Result<FileDescriptor> ToItsEnd() {
    while (!names_.empty()) {
      const std::string name = std::exchange(names_.back(), {});
      names_.pop_back();
      if (++names_seen_ > kNamesMax) return Refused(ELOOP);
      if (name == "..") {
        if (way_.size() > 1) way_.pop_back();
        continue;
      }
      FileDescriptor met(openat(here(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      struct stat facts{};
      if (!met.valid() || fstat(met.get(), &facts) != 0) return Refused(errno);
      if (S_ISLNK(facts.st_mode)) {
        if (!Follow(met.get())) return Refused(errno);
      } else if (names_.empty()) {
        return Open(name);
      } else {
        way_.push_back(std::move(met));
      }
    }
    return Refused(EISDIR);
  }

 private:
  int here() const { return way_.back().get(); }

  static std::unexpected<Error> Refused(int error) {
    errno = error;
    Error failed = Errno("open a file of the container");
    if (failed.code == Code::kInternal) failed.code = Code::kFailedPrecondition;  // its own doing
    return std::unexpected(std::move(failed));
  }

  // What comes next, in front of what is left.
  void GoAlong(std::string_view path) {
    if (path.starts_with('/')) way_.resize(1);
    while (!path.empty()) {
      const std::size_t slash = path.rfind('/');
      const std::string_view name = slash == path.npos ? path : path.substr(slash + 1);
      if (!name.empty() && name != ".") names_.emplace_back(name);
      path = slash == path.npos ? std::string_view() : path.substr(0, slash);
    }
  }

  bool Follow(int link) {
    std::array<char, PATH_MAX> target{};
    const ssize_t bytes = readlinkat(link, "", target.data(), target.size());
    if (bytes < 0) return false;
    if (++links_seen_ > kLinksMax || bytes == PATH_MAX) {
      errno = ELOOP;
      return false;
    }
    GoAlong({target.data(), static_cast<std::size_t>(bytes)});
    return true;
  }

  // By its name once more, as what O_PATH gives cannot be read. It may be another by now.
  Result<FileDescriptor> Open(const std::string& name) const {
    FileDescriptor file(
        openat(here(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat facts{};
    if (!file.valid() || fstat(file.get(), &facts) != 0) return Refused(errno);
    if (!S_ISREG(facts.st_mode))
      return Fail(Code::kInvalidArgument, "open a file of the container: no regular file");
    return file;
  }

  std::vector<FileDescriptor> way_;  // from the root to where we are
  std::vector<std::string> names_;   // that are left, the next one last
  int names_seen_ = 0;
  int links_seen_ = 0;
};

Result<std::string> ReadAll(int file, const std::string& path, std::size_t bytes_max) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t got = read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(Errno("read " + path + " of the container"));
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > bytes_max)
      return Fail(Code::kResourceExhausted, "read " + path + " of the container: it is too long");
  }
}

Result<FileDescriptor> RootOf(std::int64_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/root";
  FileDescriptor root(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid())
    return std::unexpected(Errno("open " + path + " (needs capability SYS_PTRACE)"));
  return root;
}

Result<std::string> ReadBelow(FileDescriptor root, const std::string& path, std::size_t bytes_max) {
  const Result<FileDescriptor> file = Walk(std::move(root), path).ToItsEnd();
  if (!file) return Fail(file.error().code, path + ": " + file.error().message);
  return ReadAll(file->get(), path, bytes_max);
}

}  // namespace

Result<std::string> ReadInside(std::int64_t pid, const std::string& path, std::size_t bytes_max) {
  Result<FileDescriptor> root = RootOf(pid);
  if (!root) return std::unexpected(root.error());
  return ReadBelow(*std::move(root), path, bytes_max);
}

Result<std::string> ReadContainerFile(const spec::NetworkNamespace& place, ContainerFile file) {
  Result<FileDescriptor> root = RootOf(place.pid);
  if (!root) return std::unexpected(root.error());
  if (const Result<> theirs = CheckPlace(place); !theirs) return std::unexpected(theirs.error());
  switch (file) {
    case ContainerFile::kResolvConf:
      return ReadBelow(*std::move(root), "/etc/resolv.conf", kResolvConfBytesMax);
  }
  return Fail(Code::kInvalidArgument, "open a file of the container: none of the list");
}

}  // namespace fairlead::netdiag
