#include "cli/rollout_lock.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

namespace fairlead::cli {
namespace {

// FNV-1a, as the kernel's names have 107 bytes and two names of Compose may be longer.
std::uint64_t Hash(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

}  // namespace

Result<RolloutLock> RolloutLock::Take(const std::string& project, const std::string& service) {
  const std::string name = fmt::format("fairlead-rollout-{:016x}", Hash(project + "\n" + service));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());  // a leading zero byte: no file
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);  // inherited: see above
  if (made < 0) return Fail(Code::kUnavailable, "take the rollout's lock: no socket");
  RolloutLock lock(made);
  if (bind(made, reinterpret_cast<const sockaddr*>(&address), size) == 0) return lock;
  const int error = errno;
  return Fail(error == EADDRINUSE ? Code::kAlreadyExists : Code::kUnavailable,
              fmt::format("take the rollout's lock: {}", std::generic_category().message(error)));
}

RolloutLock::RolloutLock(RolloutLock&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

RolloutLock::~RolloutLock() {
  if (socket_ >= 0) close(socket_);
}

}  // namespace fairlead::cli
