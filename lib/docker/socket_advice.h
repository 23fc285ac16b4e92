// SocketAdvice: why an engine's unix socket would not open, and what to do about it. Pure.
//
// Why: the kernel's word for it is one of four, and behind each stand mistakes that people make
// every day: a mounted socket file that the engine has made anew since, a directory that an engine
// made in the place of a socket that was not there, a group that the container lacks.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fairlead::docker {

enum class PathKind { kNothing, kSocket, kDirectory, kOther };

// What there is to see around a socket, and who looks.
struct SocketSurroundings {
  PathKind kind = PathKind::kNothing;
  bool is_mount_point = false;  // the path itself, not a directory above it
  unsigned mode = 0;            // permission bits
  unsigned owner = 0;           // ids of who owns it
  unsigned group = 0;
  std::string group_name;  // empty: this system knows no name for it
  unsigned our_user = 0;
  std::vector<unsigned> our_groups;
  std::vector<std::string> other_sockets;  // engines' usual places where there is one
};

// What went wrong at connect, by errno: one clause without a full stop. "" when there is nothing
// to say beyond the kernel's word.
std::string SocketAdvice(int error, std::string_view path, const SocketSurroundings& seen);

// Whether `path` itself is a mount point, by the text of /proc/self/mountinfo.
bool IsMountPoint(std::string_view mountinfo, std::string_view path);

// The name of a group, by the text of /etc/group; "" when it has none there.
std::string GroupName(std::string_view group_file, unsigned id);

}  // namespace fairlead::docker
