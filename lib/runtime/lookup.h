// LookUp: the addresses of a host, by name, in time.
//
// Why: a lookup of the system cannot be interrupted, and who waits for one must not wait for ever.
// Threads: the executor's; the system's lookup runs on a thread of Asio's own.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::runtime {

// kDeadlineExceeded after `timeout`, kCancelled when the coroutine is, kUnavailable when there is
// no such host. The message says why alone: the caller says what it was doing.
boost::asio::awaitable<Result<std::vector<boost::asio::ip::tcp::endpoint>>> LookUp(
    boost::asio::any_io_executor executor, std::string host, std::uint16_t port, Duration timeout);

}  // namespace fairlead::runtime
