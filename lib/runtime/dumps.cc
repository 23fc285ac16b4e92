#include "runtime/dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <system_error>

namespace fairlead::runtime {

Result<> KeepOutOfDumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return Fail(Code::kPermissionDenied,
                "keep this process out of core dumps: " + std::generic_category().message(errno));
  return {};
}

Result<> LetIntoDumps() {
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0) return {};
  return Fail(Code::kPermissionDenied,
              "let this process into core dumps: " + std::generic_category().message(errno));
}

}  // namespace fairlead::runtime
