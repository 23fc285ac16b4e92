// LookAtTls: what a TLS server presents, without believing any of it.
//
// Why without: who asks wants to see the wrong certificate, too. Nothing is sent over the
// connection after its handshake, so nothing is entrusted to it.
// Threads: the caller's, which waits.
#pragma once

#include <string>

#include "base/time.h"
#include "diagnose/diagnosis.h"
#include "diagnose/waiting_socket.h"

namespace fairlead::diagnose {

// Over a connected socket. `name`: told to the server, and looked for in its certificate.
TlsAnswer LookAtTls(WaitingSocket& socket, const std::string& name, TimePoint deadline);

}  // namespace fairlead::diagnose
