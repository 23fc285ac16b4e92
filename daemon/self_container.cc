#include "self_container.h"

#include <unistd.h>

#include <fstream>
#include <string>
#include <string_view>

#include "runtime/peer_process.h"

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

std::string IdInMounts() {
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    if (std::string id = IdAfter(line, "/containers/"); !id.empty()) return id;
  }
  return {};
}

}  // namespace

ContainerId SelfContainer() {
  std::string id = runtime::ContainerIn(runtime::ReadCgroup(getpid()).value_or(""));
  // With a private cgroup namespace only the mounts still tell.
  if (id.empty()) id = IdInMounts();
  return ContainerId(id);
}

}  // namespace fairlead::daemon
