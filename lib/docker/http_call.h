// One HTTP exchange with an engine: a question with a bounded answer, or a stream without an end.
//
// Why a connection per exchange: an exchange that ran into its deadline leaves the connection
// unusable, and a slow one must never hold up another. The price over a unix socket is some 70 us
// per call for both sides together (ping of Engine 20.10.24, median of 1,000: 112 us against 45 us
// kept). Never follows redirects, never asks for compression and refuses an answer that has it.
// Threads: the awaiting coroutine's, which must be the context's loop. Ends when cancelled
// (kCancelled) and closes its connection when destroyed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "docker/answer_reader.h"
#include "docker/asked.h"
#include "docker/endpoint.h"
#include "docker/limits.h"

namespace fairlead::docker {

namespace asio = boost::asio;

// The whole answer, whatever its status. kUnavailable, kDeadlineExceeded, kPermissionDenied,
// kDataLoss (not HTTP, over a limit, compressed), kCancelled.
asio::awaitable<Result<HttpAnswer>> Ask(asio::io_context& context, Endpoint endpoint,
                                        EngineLimits limits, HttpQuestion question);

// An accepted stream: on_open once, then on_bytes for each piece as it comes, until the stream ends
// (kUnavailable) or on_bytes fails (its error). Any status but 200 ends it as CheckStatus says.
// Holds at most read_buffer_bytes twice.
asio::awaitable<Result<>> Stream(asio::io_context& context, Endpoint endpoint, EngineLimits limits,
                                 HttpQuestion question, std::function<void()> on_open,
                                 std::function<Result<>(std::string_view)> on_bytes);

// The answer's status as an error, with the engine's own words. Fine for 2xx.
Result<> CheckStatus(std::string_view doing, unsigned status, std::string_view body);

}  // namespace fairlead::docker
