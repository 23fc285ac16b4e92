// LookAtTls: what a TLS server presents, without believing any of it.
//
// Why without: who asks wants to see the wrong certificate, too. Nothing is sent over the
// connection after its handshake, so nothing is entrusted to it.
// Threads: the caller's, which waits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "diagnose/diagnosis.h"
#include "diagnose/waiting_socket.h"

namespace fairlead::diagnose {

// Over a connected socket. `name`: told to the server, and looked for in its certificate.
// Its `versions` stay empty.
TlsAnswer LookAtTls(WaitingSocket& socket, const std::string& name, TimePoint deadline);

// Which of TLS 1.0 to 1.3 the server takes, one connection each, the oldest first. What is not
// answered by `deadline` is not taken.
std::vector<std::string> TlsVersionsTaken(const std::function<Result<WaitingSocket>()>& connect,
                                          const std::string& name, TimePoint deadline);

}  // namespace fairlead::diagnose
