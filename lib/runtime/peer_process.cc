#include "runtime/peer_process.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <fstream>

namespace fairlead::runtime {
namespace {

constexpr std::size_t kIdDigits = 64;
constexpr std::string_view kHexDigits = "0123456789abcdef";
// Of /proc/<pid>/cgroup: a line per hierarchy, each with a path; far above every real one.
constexpr std::size_t kCgroupBytesMax = 64 << 10;

// Of /proc/<pid>/stat: 52 numbers and a name.
constexpr std::size_t kStatBytesMax = 4 << 10;

// "" when there is nothing to read.
std::string ReadHead(const std::string& path, std::size_t bytes_max) {
  std::ifstream file(path);
  std::string text(bytes_max, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

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
  std::string text = ReadHead(path, kCgroupBytesMax);
  if (text.empty()) return Fail(Code::kNotFound, "read " + path + ": no such process");
  return text;
}

Result<ProcessLife> ReadLife(std::int32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const std::string text = ReadHead(path, kStatBytesMax);
  if (text.empty()) return Fail(Code::kNotFound, "read " + path + ": no such process");
  return ParseLife(text);
}

Result<ProcessLife> ParseLife(std::string_view stat) {
  // The name stands in parentheses and may itself hold blanks and parentheses.
  const std::size_t open = stat.find('(');
  const std::size_t close = stat.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return Fail(Code::kDataLoss, "read process: no name in its stat");
  ProcessLife life{.name = std::string(stat.substr(open + 1, close - open - 1))};
  // After the name comes field 3; the start time is field 22.
  constexpr int kFieldsBetween = 19;
  std::string_view rest = stat.substr(close + 1);
  for (int field = 0; field <= kFieldsBetween; ++field) {
    const std::size_t blank = rest.find(' ');
    if (blank == std::string_view::npos)
      return Fail(Code::kDataLoss, "read process: too few fields in its stat");
    rest.remove_prefix(blank + 1);
  }
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), life.start_ticks);
  if (error != std::errc()) return Fail(Code::kDataLoss, "read process: its start is no number");
  return life;
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
