#include "h2/connecting.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace fairlead::h2 {
namespace {

Connecting FailedWith(int error) {
  return {.error = error, .why = "connect: " + std::generic_category().message(error)};
}

Connecting MakeHere(int family) {
  const int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return FailedWith(errno);
  return {.descriptor = descriptor};
}

}  // namespace

Connecting BeginConnect(const SocketAddress& address, const SocketMaker& make) {
  Connecting made = make ? make(address.family()) : MakeHere(address.family());
  if (made.error != 0) return made;
  const int descriptor = made.descriptor;
  const int on = 1;
  if (address.family() != AF_UNIX) setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(descriptor, address.get(), address.size()) == 0 || errno == EINPROGRESS) return made;
  const int error = errno;
  close(descriptor);
  return FailedWith(error);
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
