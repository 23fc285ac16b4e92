// Dial: a connected socket to an engine's endpoint, within a time.
//
// Why: unix sockets and TCP differ only until they are connected. A TLS endpoint will be a second
// function here that wraps what Dial gives.
// Threads: the awaiting coroutine's, which must be the context's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.h"
#include "base/time.h"
#include "docker/endpoint.h"

namespace fairlead::docker {

namespace asio = boost::asio;

using Socket = asio::generic::stream_protocol::socket;

// kUnavailable with a hint (nobody listens, no such host), kPermissionDenied (the socket file is
// not ours to open), kDeadlineExceeded after `timeout`, name lookup included; kCancelled.
asio::awaitable<Result<Socket>> Dial(asio::io_context& context, Endpoint endpoint,
                                     Duration timeout);

}  // namespace fairlead::docker
