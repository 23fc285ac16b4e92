// TLS towards an engine: a profile on Asio's stream, and its handshake within a time.
//
// What a profile is, and the words for what fails, are lib/tls. Threads: the awaiting coroutine's.
// The profile's files are small and read in place, anew for each connection.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "docker/endpoint.h"
#include "runtime/connection.h"

namespace fairlead::docker {

namespace asio = boost::asio;

// Sets connection.tls up. kUnauthenticated with what to do (files, names, authorities, dates),
// kUnavailable (the peer speaks no TLS, connection lost), kDeadlineExceeded, kCancelled.
// REQUIRES: endpoint.tls.
asio::awaitable<Result<>> StartTls(runtime::Connection& connection, const Endpoint& endpoint,
                                   Duration timeout);

// The engine's refusal of our certificate, which TLS 1.3 tells only in place of the first answer.
// Nothing when `error` is something else.
std::optional<Error> TlsAlertError(std::string_view doing, const boost::system::error_code& error,
                                   const Endpoint& endpoint);

}  // namespace fairlead::docker
