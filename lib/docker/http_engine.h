// The Engine over HTTP: a unix socket, or TCP with or without TLS.
//
// Why here: the rest of the daemon knows only docker/engine.h.
// Threads: all calls on the context's loop, the event stream on its own. The engine must outlive
// its calls: end them (cancel, or destroy the coroutines) first.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "docker/endpoint.h"
#include "docker/engine.h"
#include "docker/limits.h"

namespace fairlead::docker {

// `endpoint`: unix:///path or tcp://host:port; kInvalidArgument otherwise. Connects to nothing yet.
// `tls` is for TCP only: with it nothing is sent before the engine has proved who it is.
// Until Hello() has succeeded once all calls but Hello() and Ping() are kUnavailable: the API
// version is not known.
// Events() runs on the loop of `stream`, by default the same as of all else.
// `actuator`: the descriptor over which everything is asked (actuator.h), which stays the caller's;
// -1: the endpoint is dialled from here.
Result<std::unique_ptr<Engine>> MakeHttpEngine(asio::io_context& context, std::string_view endpoint,
                                               EngineLimits limits = {},
                                               std::optional<tls::Profile> tls = std::nullopt,
                                               asio::io_context* stream = nullptr,
                                               int actuator = -1);

}  // namespace fairlead::docker
