// TLS towards an engine: our files to a context, the handshake, and what failed in words.
//
// Why words here: OpenSSL says "certificate verify failed" for a wrong authority, a wrong name and
// an expired certificate alike, and each needs another person to act. Always: TLS 1.2 or newer, and
// the engine's certificate and name are verified; there is no switch. Threads: the awaiting
// coroutine's. The files are small and read in place.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "docker/connection.h"
#include "docker/endpoint.h"

namespace fairlead::docker {

// A certificate chain or a bundle of authorities; Debian's whole bundle has 220 KB.
inline constexpr std::size_t kTlsFileBytesMax = 1024 * 1024;

// Sets connection.tls up. kUnauthenticated with what to do (files, names, authorities, dates),
// kUnavailable (the peer speaks no TLS, connection lost), kDeadlineExceeded, kCancelled.
// REQUIRES: endpoint.tls.
asio::awaitable<Result<>> StartTls(Connection& connection, const Endpoint& endpoint,
                                   Duration timeout);

// The engine's refusal of our certificate, which TLS 1.3 tells only in place of the first answer.
// Nothing when `error` is something else.
std::optional<Error> TlsAlertError(std::string_view doing, const boost::system::error_code& error,
                                   const TlsIdentity& identity);

}  // namespace fairlead::docker
