// NetworkNamespace: a container's network namespace, named by a process that lives in it.
//
// Why: what asks a replica from inside (health, by order of the core) and what enters namespaces
// (netdiag) may not know each other. A pid alone is no name: it is reused.
#pragma once

#include <cstdint>
#include <string>

#include "spec/names.h"

namespace fairlead::spec {

struct NetworkNamespace {
  ContainerId container;          // the process's cgroup must name it
  std::int64_t pid = 0;           // as this daemon sees it; 0 = no such process
  std::uint64_t start_ticks = 0;  // when it began, field 22 of /proc/PID/stat; 0 = not known
  std::string obstacle{};         // why it cannot be entered from here, for people; empty = it can
  bool operator==(const NetworkNamespace&) const = default;
};

}  // namespace fairlead::spec
