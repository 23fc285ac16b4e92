// PushClient: many discovery streams from raw sockets in a child process, each acknowledging what
// it gets. The same client drives the floor and the real server.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "bench/sockets.h"

namespace fairlead::bench {

// Forks a process with `streams` connections to `place`, one stream each, that subscribe
// to the endpoints of `resource` and acknowledge every response. It ends when the server closes,
// and dies with its parent.
pid_t SpawnPushClient(const ServerPlace& place, int streams, const std::string& resource);
// `where` is asked in the child: for a server that has threads, and must not fork, once it listens.
pid_t SpawnPushClient(const std::function<ServerPlace()>& where, int streams,
                      const std::string& resource);

}  // namespace fairlead::bench
