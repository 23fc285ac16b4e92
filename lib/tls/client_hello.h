// The first thing that a TLS client says, as bytes: to find out whether somebody speaks TLS at all.
//
// Threads: any.
#pragma once

#include <string>

namespace fairlead::tls {

// A ClientHello of TLS 1.2 and 1.3 that offers h2 and http/1.1 and names nobody, under 1 KiB. A
// peer that speaks TLS answers with a record, whatever it thinks of the offer.
std::string ClientHello();

}  // namespace fairlead::tls
