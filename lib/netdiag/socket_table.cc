#include "netdiag/socket_table.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>

#include "netdiag/sock_diag.h"

namespace fairlead::netdiag {
namespace {

// What is connected to local `port`. Sockets with an inode of `ours` at the other end do not count.
Result<std::vector<Connection>> ServedAt(const Result<FileDescriptor>& diag, std::uint16_t port,
                                         const std::set<std::uint64_t>& ours) {
  std::vector<Connection> found;
  std::set<std::uint16_t> our_ports;
  if (!diag) return std::unexpected(diag.error());
  const Result<> dumped = DumpEstablished(diag->get(), 0, [&](const inet_diag_msg& message, auto) {
    if (ntohs(message.id.idiag_dport) == port && ours.contains(message.idiag_inode))
      our_ports.insert(ntohs(message.id.idiag_sport));
    if (ntohs(message.id.idiag_sport) != port) return;
    found.push_back({.remote_ip = AddressText(message.idiag_family, message.id.idiag_dst),
                     .remote_port = ntohs(message.id.idiag_dport),
                     .receive_queue_bytes = message.idiag_rqueue,
                     .send_queue_bytes = message.idiag_wqueue});
  });
  if (!dumped) return std::unexpected(dumped.error());
  std::erase_if(found, [&](const Connection& one) { return our_ports.contains(one.remote_port); });
  return found;
}

}  // namespace

Result<std::vector<Connection>> ConnectionsTo(NamespaceWork& work, const ContainerId& id,
                                              std::int64_t pid, std::uint16_t port) {
  const spec::NetworkNamespace place{.container = id, .pid = pid};
  return ServedAt(work.SocketIn(place, {AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG}), port,
                  OwnSockets());
}

Result<std::vector<Connection>> ConnectionsHere(std::uint16_t port) {
  return ServedAt(OpenSockDiag(), port, {});
}

Result<std::set<std::uint16_t>> OwnPortsTo(const std::string& ip, std::uint16_t port) {
  const std::set<std::uint64_t> own = OwnSockets();
  std::set<std::uint16_t> ports;
  const Result<FileDescriptor> diag = OpenSockDiag();
  if (!diag) return std::unexpected(diag.error());
  const Result<> dumped = DumpEstablished(diag->get(), 0, [&](const inet_diag_msg& message, auto) {
    if (ntohs(message.id.idiag_dport) == port && own.contains(message.idiag_inode) &&
        AddressText(message.idiag_family, message.id.idiag_dst) == ip) {
      ports.insert(ntohs(message.id.idiag_sport));
    }
  });
  if (!dumped) return std::unexpected(dumped.error());
  return ports;
}

}  // namespace fairlead::netdiag
