#include "runtime/priority.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace fairlead::runtime {

Result<> RaisePriority() {
  if (setpriority(PRIO_PROCESS, 0, kRaisedNice) != 0) {
    const bool is_forbidden = errno == EPERM || errno == EACCES;
    return Fail(is_forbidden ? Code::kPermissionDenied : Code::kUnavailable,
                "raise priority: " + std::generic_category().message(errno) +
                    "; it needs CAP_SYS_NICE, or give fairleadd's container more CPU shares");
  }
  // Kernels that share out between sessions look at this number first. A session of somebody
  // else's, such as a person's shell, is left as it is; a kernel without such shares has no such
  // file.
  if (getsid(0) == getpid()) std::ofstream("/proc/self/autogroup") << kRaisedNice;
  return {};
}

}  // namespace fairlead::runtime
