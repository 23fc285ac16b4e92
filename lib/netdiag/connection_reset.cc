#include "netdiag/connection_reset.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include "netdiag/namespace_socket.h"
#include "netdiag/sock_diag.h"

namespace fairlead::netdiag {
namespace {

// Both ends of a connection of ours over loopback, the first in front.
Result<std::array<FileDescriptor, 3>> Loop() {
  std::array<FileDescriptor, 3> ends;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  for (std::size_t i = 0; i < 2; ++i)
    ends[i] = FileDescriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool is_made = bind(ends[1].get(), raw, size) == 0 && listen(ends[1].get(), 1) == 0 &&
                       getsockname(ends[1].get(), raw, &size) == 0 &&
                       connect(ends[0].get(), raw, size) == 0;
  if (!is_made) return std::unexpected(Errno("connect over loopback"));
  ends[2] = FileDescriptor(accept4(ends[1].get(), nullptr, nullptr, SOCK_CLOEXEC));
  return ends;
}

}  // namespace

Result<int> ResetConnections(const spec::NetworkNamespace& place,
                             std::span<const KernelConnection> connections) {
  const Result<FileDescriptor> diag = SocketIn(place, {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG});
  if (!diag) return std::unexpected(diag.error());
  int reset = 0;
  for (const KernelConnection& connection : connections) {
    const Result<> done = DestroySocket(diag->get(), connection.family, connection.id);
    if (done) {
      ++reset;
    } else if (done.error().code != Code::kNotFound && reset == 0) {
      return std::unexpected(done.error());
    }
  }
  return reset;
}

Result<> CanReset() {
  const Result<std::array<FileDescriptor, 3>> ends = Loop();
  if (!ends) return std::unexpected(ends.error());
  sockaddr_in here{};
  sockaddr_in there{};
  socklen_t size = sizeof here;
  const int one = ends->front().get();
  if (getsockname(one, reinterpret_cast<sockaddr*>(&here), &size) != 0 ||
      getpeername(one, reinterpret_cast<sockaddr*>(&there), &size) != 0)
    return std::unexpected(Errno("ask for loopback's ports"));
  inet_diag_sockid id{};
  id.idiag_sport = here.sin_port;
  id.idiag_dport = there.sin_port;
  id.idiag_src[0] = id.idiag_dst[0] = htonl(INADDR_LOOPBACK);
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  const Result<FileDescriptor> diag = OpenSockDiag();
  if (!diag) return std::unexpected(diag.error());
  return DestroySocket(diag->get(), AF_INET, id);
}

}  // namespace fairlead::netdiag
