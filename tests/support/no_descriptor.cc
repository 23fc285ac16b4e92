#include "support/no_descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {
std::atomic<bool> is_none_left = false;
}  // namespace

// In place of the C library's.
extern "C" int socket(int domain, int type, int protocol) noexcept {
  if (is_none_left) {
    errno = EMFILE;
    return -1;
  }
  return static_cast<int>(syscall(SYS_socket, domain, type, protocol));
}

namespace fairlead::test {

NoDescriptor::NoDescriptor() {
  is_none_left = true;
}

NoDescriptor::~NoDescriptor() {
  is_none_left = false;
}

}  // namespace fairlead::test
