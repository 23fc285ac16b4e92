#include "docker/socket_look.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fairlead::docker {
namespace {

// A host with a thousand containers has a mountinfo of some 300 KB; a group file is smaller.
constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;

std::string ReadText(const char* path) {
  const int file = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return "";
  std::string text;
  char buffer[16 * 1024];
  while (text.size() < kFileBytesMax) {
    const ssize_t bytes = ::read(file, buffer, sizeof buffer);
    if (bytes <= 0) break;
    text.append(buffer, static_cast<std::size_t>(bytes));
  }
  ::close(file);
  return text;
}

PathKind KindOf(mode_t mode) {
  if (S_ISSOCK(mode)) return PathKind::kSocket;
  return S_ISDIR(mode) ? PathKind::kDirectory : PathKind::kOther;
}

// /var/run is a link to /run on most systems, and the kernel lists what is behind links.
std::string Resolved(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) == nullptr ? path : std::string(resolved);
}

bool IsSocket(const std::string& path) {
  struct stat facts{};
  return ::stat(path.c_str(), &facts) == 0 && S_ISSOCK(facts.st_mode);
}

void LookForOthers(const std::string& path, SocketSurroundings& seen) {
  const std::string of_user = fmt::format("/run/user/{}/", seen.our_user);
  for (const std::string& place :
       {std::string("/run/docker.sock"), of_user + "docker.sock",
        std::string("/run/podman/podman.sock"), of_user + "podman/podman.sock"}) {
    if (Resolved(place) != Resolved(path) && IsSocket(place)) seen.other_sockets.push_back(place);
  }
}

}  // namespace

SocketSurroundings LookAround(const std::string& path) {
  SocketSurroundings seen;
  seen.our_user = ::geteuid();
  gid_t groups[256];
  const int count = ::getgroups(256, groups);
  seen.our_groups.push_back(::getegid());
  for (int i = 0; i < count; ++i) {
    if (groups[i] != ::getegid()) seen.our_groups.push_back(groups[i]);
  }
  struct stat facts{};
  if (::stat(path.c_str(), &facts) == 0) {
    seen.kind = KindOf(facts.st_mode);
    seen.mode = facts.st_mode & 07777U;
    seen.owner = facts.st_uid;
    seen.group = facts.st_gid;
    seen.group_name = GroupName(ReadText("/etc/group"), facts.st_gid);
    seen.is_mount_point = IsMountPoint(ReadText("/proc/self/mountinfo"), Resolved(path));
  } else {
    LookForOthers(path, seen);
  }
  return seen;
}

}  // namespace fairlead::docker
