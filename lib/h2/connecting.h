// The three steps of a connect() that does not wait.
#pragma once

#include <functional>
#include <string>

#include "h2/socket_address.h"

namespace fairlead::h2 {

struct Connecting {
  int descriptor = -1;  // non-blocking, close-on-exec, without Nagle's delay; the caller's to close
  int error = 0;        // errno, when there is no descriptor
  std::string why{};    // with an error, for people
};

// Makes the socket of a connection: a stream of `family`, non-blocking and close-on-exec. For peers
// that only a socket made elsewhere reaches, in another network namespace.
using SocketMaker = std::function<Connecting(int family)>;

// Begins; the socket becomes writable when it is decided. Without `make` the socket is made here.
Connecting BeginConnect(const SocketAddress& address, const SocketMaker& make = {});
// True when it is decided.
bool IsWritable(int descriptor);
// How it was decided: 0 or an errno.
int ConnectError(int descriptor);

}  // namespace fairlead::h2
