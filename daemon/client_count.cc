#include "client_count.h"

#include <algorithm>

#include "netdiag/socket_table.h"

namespace fairlead::daemon {

namespace {

Result<int> CountOn(netdiag::NamespaceWork& work, std::uint16_t port,
                    const fleet::BeginTrafficWatch& target) {
  const Result<std::vector<netdiag::Connection>> connections =
      netdiag::ConnectionsTo(work, target.generation.id, target.pid, port);
  if (!connections) return std::unexpected(connections.error());
  const Result<std::set<std::uint16_t>> own = netdiag::OwnPortsTo(target.ip, port);
  if (!own) return std::unexpected(own.error());
  return static_cast<int>(std::count_if(
      connections->begin(), connections->end(),
      [&](const auto& connection) { return !own->contains(connection.remote_port); }));
}

}  // namespace

Result<int> CountClients(netdiag::NamespaceWork& work, const fleet::BeginTrafficWatch& target) {
  const Result<int> counted = CountOn(work, target.port, target);
  if (!counted || target.tls_port == 0) return counted;
  const Result<int> over_tls = CountOn(work, target.tls_port, target);
  if (!over_tls) return over_tls;
  return *counted + *over_tls;
}

}  // namespace fairlead::daemon
