// PushClient: many discovery streams from raw sockets in a child process, each acknowledging what
// it gets. The same client drives the floor and the real server.
#pragma once

#include <sys/types.h>

#include <string>

#include "bench/sockets.h"

namespace fairlead::bench {

// Forks a process with `streams` connections to `place`, one stream each, that subscribe
// to the endpoints of `resource` and acknowledge every response. It ends when the server closes,
// and dies with its parent.
pid_t SpawnPushClient(const ServerPlace& place, int streams, const std::string& resource);

// What one client sends as its first request and as its acknowledgement of a response (the floor
// needs to know their sizes to count them).
std::string FirstRequest(const std::string& resource);
std::string Acknowledgement(const std::string& resource, std::string_view version,
                            std::string_view nonce);

}  // namespace fairlead::bench
