// The addresses of a host, by name, in time, in a program that is linked static.
//
// Why c-ares and not getaddrinfo: the C library's lookup loads NSS modules while it runs, of the
// very version that the program was linked with; a scratch, Alpine or older image has none, and
// there a name would never resolve. c-ares (already needed by gRPC's own libraries here) reads
// /etc/hosts, /etc/resolv.conf with its search list, and asks the servers, Docker's 127.0.0.11
// among them; it parses what strangers answer, which nobody should do twice. Not asked: nsswitch
// modules beyond files and dns (mdns, ldap), and proxies of HTTPS_PROXY, which grpc_health_probe
// would use. Threads: the caller's, which waits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "h2/socket_address.h"

namespace fairlead::probe {

// A literal address is itself; an empty host is loopback, both kinds. Fails with kDeadlineExceeded,
// or kUnavailable when the name has no address; never with an empty list.
Result<std::vector<h2::SocketAddress>> LookUpName(const std::string& host, std::uint16_t port,
                                                  TimePoint deadline);

}  // namespace fairlead::probe
