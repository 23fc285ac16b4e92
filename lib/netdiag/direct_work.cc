#include "netdiag/direct_work.h"

#include "netdiag/connection_reset.h"
#include "netdiag/container_file.h"
#include "netdiag/namespace_socket.h"

namespace fairlead::netdiag {

DirectWork::DirectWork() : can_reset_(netdiag::CanReset()) {}

Result<FileDescriptor> DirectWork::SocketIn(const spec::NetworkNamespace& place, SocketKind kind) {
  return netdiag::SocketIn(place, kind);
}

Result<int> DirectWork::Reset(const spec::NetworkNamespace& place,
                              std::span<const KernelConnection> connections) {
  return ResetConnections(place, connections);
}

Result<std::string> DirectWork::Read(const spec::NetworkNamespace& place, ContainerFile file) {
  return ReadContainerFile(place, file);
}

}  // namespace fairlead::netdiag
