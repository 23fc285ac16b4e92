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

using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool Get(Words& words) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return syscall(SYS_capget, &header, words.data()) == 0;
}

bool Set(const Words& words) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  return syscall(SYS_capset, &header, words.data()) == 0;
}

std::uint32_t BitOf(int number) {
  return 1U << (number % kBitsOfWord);
}

std::size_t WordOf(int number) {
  return static_cast<std::size_t>(number / kBitsOfWord);
}

}  // namespace

Result<> KeepOnlyCapabilities(std::initializer_list<int> numbers) {
  Words now{};
  if (!Get(now)) return CannotDrop();
  std::array<std::uint32_t, _LINUX_CAPABILITY_U32S_3> kept{};
  for (const int number : numbers) kept.at(WordOf(number)) |= BitOf(number);
  for (std::size_t word = 0; word < now.size(); ++word) {
    now[word].permitted &= kept[word];
    now[word].effective = now[word].permitted;
    now[word].inheritable = 0;
  }
  if (!Set(now)) return CannotDrop();
  // A kernel without ambient ones has none to hand on.
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  return {};
}

bool HasCapability(int number) {
  Words now{};
  return Get(now) && (now.at(WordOf(number)).effective & BitOf(number)) != 0;
}

Result<> RaiseCapabilities() {
  Words now{};
  const bool is_read = Get(now);
  for (__user_cap_data_struct& word : now) word.effective = word.permitted;
  if (is_read && Set(now)) return {};
  return Fail(Code::kPermissionDenied,
              "use the capabilities that are there: " + std::generic_category().message(errno));
}

Result<> ForbidNewPrivileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return {};
  return Fail(Code::kUnimplemented,
              "give new privileges up: " + std::generic_category().message(errno));
}

}  // namespace fairlead::confine
