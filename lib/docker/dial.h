// Dial: a connection to an engine's endpoint, within a time, with TLS where the endpoint asks for
// it.
//
// Why here: what failed is told where it failed, with what there is to see around it, and in words
// that say what to do next.
// Threads: the awaiting coroutine's, which must be the context's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "docker/endpoint.h"
#include "runtime/connection.h"

namespace fairlead::docker {

namespace asio = boost::asio;

// kUnavailable with a hint (nobody listens, no such host), kPermissionDenied (the socket file is
// not ours to open), kResourceExhausted (no file descriptor left), kUnauthenticated (TLS),
// kDeadlineExceeded after `timeout` for each of name lookup, connect and handshake; kCancelled.
asio::awaitable<Result<std::unique_ptr<runtime::Connection>>> Dial(asio::io_context& context,
                                                                   Endpoint endpoint,
                                                                   Duration timeout);

}  // namespace fairlead::docker
