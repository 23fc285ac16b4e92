#include "runtime/peer_process.h"

#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

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

// Places in /proc/<pid>/stat, see proc_pid_stat(5).
constexpr std::size_t kFlags = 9;
constexpr std::size_t kThreads = 20;
constexpr std::size_t kStartTime = 22;
constexpr std::size_t kPending = 31;
constexpr std::size_t kExitCode = 52;

// What follows the name in that file, by place.
class StatFields {
 public:
  explicit StatFields(std::string_view rest) {
    while (!rest.empty() && count_ < fields_.size()) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size()));
      const std::size_t end = std::min(rest.find_first_of(" \n"), rest.size());
      if (end > 0) fields_[count_++] = rest.substr(0, end);
      rest.remove_prefix(end);
    }
  }

  // Nothing where the field is missing or no number of this kind.
  std::optional<std::uint64_t> Number(std::size_t place) const {
    const std::size_t at = place - kFirst;
    std::uint64_t value = 0;
    if (at >= count_) return std::nullopt;
    const auto [end, error] =
        std::from_chars(fields_[at].data(), fields_[at].data() + fields_[at].size(), value);
    if (error != std::errc() || end != fields_[at].data() + fields_[at].size()) return std::nullopt;
    return value;
  }

 private:
  static constexpr std::size_t kFirst = 3;  // after the number and the name

  std::array<std::string_view, kExitCode - kFirst + 1> fields_;
  std::size_t count_ = 0;
};

// The fields of a stat, and the name before them.
struct Stat {
  std::string_view name;
  StatFields fields;
};

std::optional<Stat> ReadStat(std::string_view text) {
  // The name stands in parentheses and may itself hold blanks and parentheses.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  return Stat{.name = text.substr(open + 1, close - open - 1),
              .fields = StatFields(text.substr(close + 1))};
}

// The kernel marks every thread of a process that a signal ends with SIGKILL (complete_signal), and
// a thread that runs to its end with PF_EXITING.
bool IsKilled(const StatFields& fields) {
  constexpr std::uint64_t kKillPending = 1U << (SIGKILL - 1);
  return (fields.Number(kPending).value_or(0) & kKillPending) != 0;
}

bool IsExiting(const StatFields& fields) {
  constexpr std::uint64_t kExiting = 0x4;  // PF_EXITING, linux/sched.h
  return (fields.Number(kFlags).value_or(0) & kExiting) != 0;
}

bool HasOthers(const StatFields& fields) {
  return fields.Number(kThreads).value_or(0) > 1;
}

// By the stat of a process, which is that of its first thread. That one may end alone and leave the
// others running; the signal in its exit code tells which it is, to those who may trace it.
bool IsDying(const StatFields& fields) {
  constexpr std::uint64_t kSignalOfExit = 0x7f;
  if (IsKilled(fields)) return true;
  if (!IsExiting(fields)) return false;
  return !HasOthers(fields) || (fields.Number(kExitCode).value_or(0) & kSignalOfExit) != 0;
}

// Of a process whose first thread has left: each of the others is exiting, too, or one was killed,
// as then all are.
bool AreOthersDying(std::int32_t pid) {
  const std::string own = std::to_string(pid);
  int seen = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator threads("/proc/" + own + "/task", failed), end;
       !failed && threads != end; threads.increment(failed)) {
    if (threads->path().filename() == own) continue;
    if (++seen > kThreadsMax) return false;
    const std::string text = ReadHead(threads->path() / "stat", kStatBytesMax);
    const std::optional<Stat> stat = ReadStat(text);
    if (!stat) continue;  // it has ended
    if (IsKilled(stat->fields)) return true;
    if (!IsExiting(stat->fields)) return false;
  }
  return !failed;
}

Result<ProcessLife> LifeOf(const std::optional<Stat>& stat) {
  if (!stat) return Fail(Code::kDataLoss, "read process: no name in its stat");
  const std::optional<std::uint64_t> start = stat->fields.Number(kStartTime);
  if (!start) return Fail(Code::kDataLoss, "read process: no start time in its stat");
  return ProcessLife{
      .name = std::string(stat->name), .start_ticks = *start, .is_dying = IsDying(stat->fields)};
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
  const std::optional<Stat> stat = ReadStat(text);
  Result<ProcessLife> life = LifeOf(stat);
  if (life && !life->is_dying && IsExiting(stat->fields) && HasOthers(stat->fields))
    life->is_dying = AreOthersDying(pid);
  return life;
}

Result<ProcessLife> ParseLife(std::string_view stat) {
  return LifeOf(ReadStat(stat));
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

std::string ContainerInMounts(std::string_view mountinfo) {
  // Fields of a line (proc_pid_mountinfo(5)): id, parent, device, root within its file system,
  // place.
  constexpr std::size_t kRoot = 3;
  constexpr std::size_t kPlace = 4;
  constexpr std::array<std::string_view, 3> kEngines = {"/etc/hostname", "/etc/hosts",
                                                        "/etc/resolv.conf"};
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    std::array<std::string_view, kPlace + 1> fields;
    for (std::string_view& field : fields) {
      field = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    if (std::find(kEngines.begin(), kEngines.end(), fields[kPlace]) == kEngines.end()) continue;
    if (std::string id = ContainerIn(fields[kRoot]); !id.empty()) return id;
  }
  return {};
}

}  // namespace fairlead::runtime
