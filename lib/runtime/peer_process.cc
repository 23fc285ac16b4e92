#include "runtime/peer_process.h"

#include <sys/socket.h>

#include <algorithm>
#include <fstream>

namespace fairlead::runtime {
namespace {

constexpr std::size_t kIdDigits = 64;
constexpr std::string_view kHexDigits = "0123456789abcdef";
// Of /proc/<pid>/cgroup: a line per hierarchy, each with a path; far above every real one.
constexpr std::size_t kCgroupBytesMax = 64 << 10;

}  // namespace

std::optional<PeerProcess> PeerOf(int descriptor) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return std::nullopt;
  }
  // What is no connected unix socket answers with nobody: uid -1.
  if (credentials.uid == static_cast<uid_t>(-1)) return std::nullopt;
  return PeerProcess{.pid = credentials.pid, .uid = credentials.uid};
}

Result<std::string> ReadCgroup(std::int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/cgroup";
  std::ifstream file(path);
  std::string text(kCgroupBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return Fail(Code::kNotFound, "read " + path + ": no such process");
  return text;
}

std::string ContainerIn(std::string_view cgroup) {
  std::string_view found;
  std::size_t at = 0;
  while ((at = cgroup.find_first_of(kHexDigits, at)) != std::string_view::npos) {
    const std::size_t end = std::min(cgroup.find_first_not_of(kHexDigits, at), cgroup.size());
    if (end - at == kIdDigits) found = cgroup.substr(at, kIdDigits);
    at = end;
  }
  return std::string(found);
}

}  // namespace fairlead::runtime
