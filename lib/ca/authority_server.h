// The process that has the authority's keys, and writes the certificates of services for one that
// talks to the network.
//
// Why: whoever has those keys is any service to its callers, for years; and who gives keys to
// services' users may give any file away. This one listens to nobody but that process, whose every
// word it bounds (authority_message.h): of it come which services have a certificate and for which
// user, and nothing else. Directories, issuer, lifetimes and trust domain are of the configuration.
// Threads: the caller's, which waits for questions and for the disk.
#pragma once

#include <functional>

#include "ca/keeper.h"

namespace fairlead::ca {

// Serves until nobody holds the other end of `pair` (SOCK_SEQPACKET). `now` is asked once a turn.
void ServeAuthority(int pair, KeeperOptions options, const std::function<Moment()>& now);

}  // namespace fairlead::ca
