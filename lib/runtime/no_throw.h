// kNoThrow: a coroutine waits, and is told an error as a value: `const auto [error, ...] = co_await
// socket.async_read_some(buffer, kNoThrow)`.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fairlead::runtime {

inline constexpr auto kNoThrow = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace fairlead::runtime
