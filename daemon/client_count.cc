#include "client_count.h"

#include <algorithm>

#include "netdiag/socket_table.h"

namespace fairlead::daemon {

Result<int> CountClients(const fleet::BeginTrafficWatch& target) {
  const Result<std::vector<netdiag::Connection>> connections =
      netdiag::ConnectionsTo(target.generation.id, target.pid, target.port);
  if (!connections) return std::unexpected(connections.error());
  const Result<std::set<std::uint16_t>> own = netdiag::OwnPortsTo(target.ip, target.port);
  if (!own) return std::unexpected(own.error());
  return static_cast<int>(std::count_if(
      connections->begin(), connections->end(),
      [&](const auto& connection) { return !own->contains(connection.remote_port); }));
}

}  // namespace fairlead::daemon
