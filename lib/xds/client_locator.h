// ClientLocator: where a client runs, asked for by discovery, answered by who knows the engine.
//
// Why: which addresses and short names a client is told depends on its networks and its project,
// and only the engine knows those. Discovery must know no engine, so it asks through this.
// Threads: Watch and Unwatch on the discovery loop; `tell` may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/strong_id.h"
#include "xds/viewer.h"

namespace fairlead::xds {

// What the kernel says about the other end of a connection.
struct ClientOrigin {
  bool is_unix = false;
  std::int32_t pid = 0;  // unix peers; 0: in a PID namespace that we cannot see into
  std::string address;   // TCP peers: a literal IP
  bool operator==(const ClientOrigin&) const = default;
};

// From where a client looks. The default: a process of the host.
struct ClientPlace {
  Viewer viewer;
  std::string project;    // of its container; empty: of none
  std::string container;  // its id; empty: none
  // It came over TCP, from no address of the host and from none that is known to be a container's.
  bool is_off_host = false;
  // Why it counts as on the host, or off it, without being known to be; empty: it is known.
  std::string doubt;
  bool is_unanswered = false;  // the doubt is that nobody has said yet
  bool operator==(const ClientPlace&) const = default;
};

// One connection that is watched, unique within the life of the daemon.
using ClientWatch = StrongId<struct ClientWatchTag, std::uint64_t>;

class ClientLocator {
 public:
  using Tell = std::function<void(ClientPlace)>;

  virtual ~ClientLocator() = default;
  // Calls `tell` once the place is known, at once where nobody has to be asked, and again whenever
  // it has changed, until Unwatch(); a call that is on its way then may still come. Without an
  // answer of the engine `tell` is not called.
  virtual void Watch(ClientWatch watch, ClientOrigin origin, Tell tell) = 0;
  virtual void Unwatch(ClientWatch watch) = 0;
};

}  // namespace fairlead::xds
