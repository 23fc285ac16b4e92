#include "self_container.h"

#include <fstream>
#include <string>
#include <string_view>

namespace fairlead::daemon {
namespace {

constexpr std::size_t kIdDigits = 64;

// The 64 hex digits that follow `marker` in `line`; empty when there are none.
std::string IdAfter(std::string_view line, std::string_view marker) {
  const std::size_t at = line.find(marker);
  if (at == std::string_view::npos) return {};
  const std::string_view id = line.substr(at + marker.size(), kIdDigits);
  const bool is_id =
      id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_id ? std::string(id) : std::string();
}

std::string IdIn(const char* path, std::initializer_list<std::string_view> markers) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    for (const std::string_view marker : markers) {
      if (std::string id = IdAfter(line, marker); !id.empty()) return id;
    }
  }
  return {};
}

}  // namespace

ContainerId SelfContainer() {
  // cgroupfs and systemd drivers; with a private cgroup namespace only the mounts still tell.
  std::string id = IdIn("/proc/self/cgroup", {"/docker/", "/docker-"});
  if (id.empty()) id = IdIn("/proc/self/mountinfo", {"/containers/"});
  return ContainerId(id);
}

}  // namespace fairlead::daemon
