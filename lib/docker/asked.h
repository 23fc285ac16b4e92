// Asked: a connection on which a question was asked and the answer is about to come; made by
// dialling the engine, or through the actuator, which dials it for us.
//
// Why here: the rest of an exchange does not care which of both it was.
// Threads: the awaiting coroutine's, which must be the context's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "docker/endpoint.h"
#include "docker/engine_request.h"
#include "docker/limits.h"
#include "runtime/connection.h"
#include "runtime/deadline.h"

namespace fairlead::docker {

namespace asio = boost::asio;

struct HttpQuestion {
  std::string doing;  // "inspect container 3f2a": begins every error message
  EngineRequest request;
  Duration deadline{};  // until the whole answer is there; of a stream: until its header is
  std::size_t body_bytes_max = 0;
};

struct Asked {
  std::unique_ptr<runtime::Connection> connection;
  std::unique_ptr<runtime::Deadline> deadline;  // the question's; before its connection goes
  std::string first;                            // bytes of the answer that are here already
  std::int32_t peer_pid = 0;                    // who listens on the unix socket; 0: not seen
};

// Dials, and writes the request. Errors as Dial()'s, and kInvalidArgument as LineOf()'s.
asio::awaitable<Result<Asked>> AskDirectly(asio::io_context& context, const Endpoint& endpoint,
                                           const EngineLimits& limits,
                                           const HttpQuestion& question);

// Has the actuator do it (actuator.h), and waits for the engine's first bytes. Its errors, too:
// kPermissionDenied for what it does not let through, kUnavailable when it has ended.
// REQUIRES: endpoint.actuator.
asio::awaitable<Result<Asked>> AskThroughActuator(asio::io_context& context,
                                                  const Endpoint& endpoint,
                                                  const EngineLimits& limits,
                                                  const HttpQuestion& question);

// What a failed read or write of an exchange means. `deadline` is null once a stream is open.
Error IoError(const HttpQuestion& question, const Endpoint& endpoint, std::string_view verb,
              const boost::system::error_code& error, const runtime::Deadline* deadline);

}  // namespace fairlead::docker
