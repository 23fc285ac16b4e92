// The three steps of a connect() that does not wait.
#pragma once

#include "h2/socket_address.h"

namespace fairlead::h2 {

struct Connecting {
  int descriptor = -1;  // non-blocking, close-on-exec, without Nagle's delay; the caller's to close
  int error = 0;        // errno, when there is no descriptor
};

// Begins; the socket becomes writable when it is decided.
Connecting BeginConnect(const SocketAddress& address);
// True when it is decided.
bool IsWritable(int descriptor);
// How it was decided: 0 or an errno.
int ConnectError(int descriptor);

}  // namespace fairlead::h2
