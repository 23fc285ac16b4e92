#include "confine/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace fairlead::confine {
namespace {

constexpr int kBitsOfWord = 32;

std::unexpected<Error> CannotDrop() {
  return Fail(Code::kPermissionDenied,
              "give capabilities up: " + std::generic_category().message(errno));
}

}  // namespace

Result<> KeepOnlyCapabilities(std::initializer_list<int> numbers) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> now{};
  if (syscall(SYS_capget, &header, now.data()) != 0) return CannotDrop();
  std::array<std::uint32_t, _LINUX_CAPABILITY_U32S_3> kept{};
  for (const int number : numbers)
    kept.at(static_cast<std::size_t>(number / kBitsOfWord)) |= 1U << (number % kBitsOfWord);
  for (std::size_t word = 0; word < now.size(); ++word) {
    now[word].permitted &= kept[word];
    now[word].effective = now[word].permitted;
    now[word].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, now.data()) != 0) return CannotDrop();
  // A kernel without ambient ones has none to hand on.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return {};
}

Result<> ForbidNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return Fail(Code::kUnimplemented,
              "give new privileges up: " + std::generic_category().message(errno));
}

}  // namespace fairlead::confine
