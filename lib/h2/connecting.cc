#include "h2/connecting.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace fairlead::h2 {

Connecting BeginConnect(const SocketAddress& address) {
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return {.error = errno};
  const int on = 1;
  if (address.family() != AF_UNIX) setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(descriptor, address.get(), address.size()) == 0 || errno == EINPROGRESS) {
    return {.descriptor = descriptor};
  }
  const int error = errno;
  close(descriptor);
  return {.error = error};
}

bool IsWritable(int descriptor) {
  pollfd wanted{.fd = descriptor, .events = POLLOUT, .revents = 0};
  return poll(&wanted, 1, 0) == 1;
}

int ConnectError(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace fairlead::h2
