#include "runtime/open_files_room.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>

#include "runtime/file_descriptor.h"

namespace fairlead::runtime {

std::size_t MakeRoomForFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t most = std::min<rlim_t>(limit.rlim_max, kOpenFilesMax);
  if (limit.rlim_cur < most) {
    limit.rlim_cur = most;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
  }
  const rlim_t room = std::min<rlim_t>(limit.rlim_cur, kOpenFilesMax);
  const FileDescriptor any(eventfd(0, EFD_CLOEXEC));
  // The table is never made smaller again.
  const FileDescriptor last(fcntl(any.get(), F_DUPFD_CLOEXEC, static_cast<int>(room) - 1));
  return limit.rlim_cur;
}

}  // namespace fairlead::runtime
