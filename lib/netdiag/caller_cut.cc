#include "netdiag/caller_cut.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "netdiag/namespace_socket.h"
#include "netdiag/sock_diag.h"
#include "netdiag/socket_table.h"

namespace fairlead::netdiag {
namespace {

struct Caller {
  std::uint8_t family = 0;
  inet_diag_sockid id{};
  ServedSocket socket;
};

struct Seen {
  std::vector<Caller> callers;
  // The other ends that live in the same namespace: inode and port.
  std::vector<std::pair<std::uint64_t, std::uint16_t>> inner_ends;
};

// The payload of one attribute; empty when the kernel did not add it.
std::span<const std::byte> Attribute(std::span<const std::byte> all, std::uint16_t type) {
  while (all.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, all.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > all.size()) return {};
    if (head.rta_type == type) return all.subspan(sizeof head, head.rta_len - sizeof head);
    all = all.subspan(std::min<std::size_t>(RTA_ALIGN(head.rta_len), all.size()));
  }
  return {};
}

void TakeInfo(std::span<const std::byte> bytes, ServedSocket& socket) {
  // Kernels append to this structure: an older one tells less.
  tcp_info info{};
  std::memcpy(&info, bytes.data(), std::min(bytes.size(), sizeof info));
  const auto has = [&](std::size_t end) { return bytes.size() >= end; };
  if (has(offsetof(tcp_info, tcpi_last_data_sent) + sizeof info.tcpi_last_data_sent))
    socket.quiet_for = std::chrono::milliseconds(info.tcpi_last_data_sent);
  if (has(offsetof(tcp_info, tcpi_data_segs_out) + sizeof info.tcpi_data_segs_out))
    socket.has_sent = info.tcpi_data_segs_out > 0;
  if (has(offsetof(tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent))
    socket.sent_bytes = info.tcpi_bytes_sent;
}

Result<Seen> LookAt(int diag, std::uint16_t port) {
  Seen seen;
  const auto keep = [&](const inet_diag_msg& message, std::span<const std::byte> attributes) {
    if (ntohs(message.id.idiag_dport) == port)
      seen.inner_ends.emplace_back(message.idiag_inode, ntohs(message.id.idiag_sport));
    if (ntohs(message.id.idiag_sport) != port) return;
    Caller caller{.family = message.idiag_family, .id = message.id, .socket = {}};
    constexpr unsigned kHalf = 32;
    caller.socket.cookie =
        (std::uint64_t{message.id.idiag_cookie[1]} << kHalf) | message.id.idiag_cookie[0];
    caller.socket.remote_port = ntohs(message.id.idiag_dport);
    caller.socket.send_queue_bytes = message.idiag_wqueue;
    TakeInfo(Attribute(attributes, INET_DIAG_INFO), caller.socket);
    seen.callers.push_back(caller);
  };
  constexpr std::uint8_t kInfo = 1U << (INET_DIAG_INFO - 1);
  if (const Result<> dumped = DumpEstablished(diag, kInfo, keep); !dumped)
    return std::unexpected(dumped.error());
  return seen;
}

// The callers' ports of our own checks, from the host and from inside.
Result<std::set<std::uint16_t>> OwnPorts(const ServerPlace& place, const Seen& seen) {
  std::set<std::uint16_t> ports;
  if (!place.checked_ip.empty()) {
    Result<std::set<std::uint16_t>> outside = OwnPortsTo(place.checked_ip, place.port);
    if (!outside) return outside;
    ports = std::move(*outside);
  }
  const std::set<std::uint64_t> own = OwnSockets();
  for (const auto& [inode, port] : seen.inner_ends) {
    if (own.contains(inode)) ports.insert(port);
  }
  return ports;
}

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

Result<CutLook> ResetWaitingCallers(const ServerPlace& place, WaitingCallers& callers,
                                    TimePoint now) {
  const Result<FileDescriptor> diag = SocketIn({.container = place.container, .pid = place.pid},
                                               {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG});
  if (!diag) return std::unexpected(diag.error());
  const Result<Seen> seen = LookAt(diag->get(), place.port);
  if (!seen) return std::unexpected(seen.error());
  const Result<std::set<std::uint16_t>> own = OwnPorts(place, *seen);
  if (!own) return std::unexpected(own.error());
  CutLook look;
  for (const Caller& caller : seen->callers) {
    if (own->contains(caller.socket.remote_port)) continue;
    const Waiting waiting = callers.Judge(caller.socket, now);
    if (waiting != Waiting::kInVain) {
      ++(waiting == Waiting::kPerhaps ? look.undecided : look.left);
      continue;
    }
    const Result<> reset = DestroySocket(diag->get(), caller.family, caller.id);
    if (reset) {
      ++look.reset;
    } else if (reset.error().code != Code::kNotFound && look.reset == 0) {
      return std::unexpected(reset.error());
    }
  }
  return look;
}

}  // namespace fairlead::netdiag
