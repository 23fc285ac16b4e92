// CHECK guards our own bugs. It stays on in release builds, prints where and what, and aborts.
// It must not be reachable from anything outside the process: for that there is Result.
#pragma once

namespace fairlead {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}  // namespace fairlead

#define CHECK(condition)                                       \
  do {                                                         \
    if (!(condition)) [[unlikely]]                             \
      ::fairlead::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
