#include "netdiag/caller_cut.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <set>
#include <span>
#include <vector>

#include "netdiag/sock_diag.h"
#include "netdiag/socket_table.h"

namespace fairlead::netdiag {
namespace {

struct Caller {
  KernelConnection connection;
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
    Caller caller{.connection = {.family = message.idiag_family, .id = message.id}, .socket = {}};
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

}  // namespace

Result<CutLook> ResetWaitingCallers(NamespaceWork& work, const ServerPlace& place,
                                    WaitingCallers& callers, TimePoint now) {
  const spec::NetworkNamespace inside{.container = place.container, .pid = place.pid};
  const Result<FileDescriptor> diag =
      work.SocketIn(inside, {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG});
  if (!diag) return std::unexpected(diag.error());
  const Result<Seen> seen = LookAt(diag->get(), place.port);
  if (!seen) return std::unexpected(seen.error());
  const Result<std::set<std::uint16_t>> own = OwnPorts(place, *seen);
  if (!own) return std::unexpected(own.error());
  CutLook look;
  std::vector<KernelConnection> in_vain;
  for (const Caller& caller : seen->callers) {
    if (own->contains(caller.socket.remote_port)) continue;
    const Waiting waiting = callers.Judge(caller.socket, now);
    if (waiting == Waiting::kInVain) {
      in_vain.push_back(caller.connection);
    } else {
      ++(waiting == Waiting::kPerhaps ? look.undecided : look.left);
    }
  }
  if (in_vain.empty()) return look;
  const Result<int> reset = work.Reset(inside, in_vain);
  if (!reset) return std::unexpected(reset.error());
  look.reset = *reset;
  return look;
}

}  // namespace fairlead::netdiag
