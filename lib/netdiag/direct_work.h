// DirectWork: the work inside containers' networks, done by this process.
//
// For the process that has the rights for it, and for tests. Threads: any.
#pragma once

#include "netdiag/namespace_work.h"

namespace fairlead::netdiag {

class DirectWork final : public NamespaceWork {
 public:
  // Tries at once whether connections can be reset: what does this work gives up connecting.
  DirectWork();

  Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind) override;
  Result<int> Reset(const spec::NetworkNamespace& place,
                    std::span<const KernelConnection> connections) override;
  Result<> CanReset() override { return can_reset_; }
  Result<std::string> Read(const spec::NetworkNamespace& place, ContainerFile file) override;

 private:
  const Result<> can_reset_;
};

}  // namespace fairlead::netdiag
