#include "docker/socket_advice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/text.h"

namespace fairlead::docker {
namespace {

std::string DirectoryOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string_view TakeUntil(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

std::optional<char> OctalByte(std::string_view digits) {
  if (digits.size() < 3) return std::nullopt;
  int value = 0;
  for (const char c : digits.substr(0, 3)) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + (c - '0');
  }
  return static_cast<char>(value);
}

// The kernel writes blanks and backslashes of a path as \040.
std::string Unescaped(std::string_view text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '\\' ? OctalByte(text.substr(i + 1)) : std::nullopt;
    path += byte.value_or(text[i]);
    if (byte) i += 3;
  }
  return path;
}

std::string Refused(std::string_view path, const SocketSurroundings& seen) {
  if (seen.kind == PathKind::kDirectory) {
    return fmt::format(
        "it is a directory, made when {} was mounted while there was no socket; remove it on the "
        "host, start the engine, and mount the directory {} instead of the file",
        path, DirectoryOf(path));
  }
  if (seen.kind == PathKind::kOther) return "it is no socket; see engine.endpoint";
  if (seen.is_mount_point) {
    return fmt::format(
        "the socket file itself is mounted here, and an engine that restarts makes a new one which "
        "never gets here: mount the directory {} instead of the file",
        DirectoryOf(path));
  }
  return "the engine is down: its socket is there, and nobody answers";
}

std::string Missing(const SocketSurroundings& seen) {
  if (seen.other_sockets.empty()) {
    return "is the engine installed and running, and its socket's directory mounted here?";
  }
  return fmt::format(
      "is the engine running? There is a socket at {}: set engine.endpoint to "
      "unix://{} if it is meant",
      fmt::join(seen.other_sockets, ", "), seen.other_sockets.front());
}

std::string Forbidden(const SocketSurroundings& seen) {
  const std::string group =
      seen.group_name.empty()
          ? fmt::format("group {}", seen.group)
          : fmt::format("group {} ({})", Printable(seen.group_name, 64), seen.group);
  const std::string who =
      fmt::format("we are user {} in groups {}", seen.our_user, fmt::join(seen.our_groups, ", "));
  if (seen.kind != PathKind::kSocket) return who + "; a directory above it is closed to us";
  const bool may_group_write = (seen.mode & 0020U) != 0;
  const bool is_in_group = std::ranges::find(seen.our_groups, seen.group) != seen.our_groups.end();
  if (!may_group_write || is_in_group) {
    return fmt::format(
        "{}; the socket belongs to user {} with mode {:o}: run fairlead as that user", who,
        seen.owner, seen.mode);
  }
  return fmt::format(
      "{}; the socket belongs to {}: add us to it (--group-add {}, group_add in "
      "Compose, or SupplementaryGroups), or run as root",
      who, group, seen.group);
}

}  // namespace

std::string SocketAdvice(int error, std::string_view path, const SocketSurroundings& seen) {
  switch (error) {
    case ECONNREFUSED:
      return Refused(path, seen);
    case ENOENT:
      return Missing(seen);
    case EACCES:
    case EPERM:
      return Forbidden(seen);
    default:
      return "";
  }
}

bool IsMountPoint(std::string_view mountinfo, std::string_view path) {
  while (!mountinfo.empty()) {
    std::string_view line = TakeUntil(mountinfo, '\n');
    // "36 35 98:0 /root /mount/point options ...": the fifth word.
    for (int word = 0; word < 4; ++word) TakeUntil(line, ' ');
    if (Unescaped(TakeUntil(line, ' ')) == path) return true;
  }
  return false;
}

std::string GroupName(std::string_view group_file, unsigned id) {
  const std::string wanted = std::to_string(id);
  while (!group_file.empty()) {
    std::string_view line = TakeUntil(group_file, '\n');
    const std::string_view name = TakeUntil(line, ':');
    TakeUntil(line, ':');  // the password
    if (TakeUntil(line, ':') == wanted) return std::string(name);
  }
  return "";
}

}  // namespace fairlead::docker
