// The actuator: asks the engine in the daemon's place, from a process of its own.
//
// Why: whoever has the engine's socket owns the host. So the process that talks to the network does
// not have it; this one has, listens to nobody but that process, and turns each of its packets into
// a request of a short list (engine_request.h, actuator_policy.h) or into none. Acts are let
// through only after it has looked at the container itself.
// How: over the pair comes a packet with the end of a stream (SCM_RIGHTS). On that stream go back a
// head (actuator_message.h) and the engine's bytes, as they are: they are read by who asked. Who
// closes the stream leaves the engine's connection with it, as if it were that.
// Threads: the context's alone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "docker/actuator_policy.h"
#include "docker/endpoint.h"
#include "docker/limits.h"

namespace fairlead::docker {

namespace asio = boost::asio;

// Questions that are being asked at once: the daemon has eight inspects, a stream, and an act or a
// look for each of at most a hundred repairs. Above it a question is kResourceExhausted.
inline constexpr int kQuestionsMax = 256;

// Serves until nobody holds the other end of `pair` (SOCK_SEQPACKET), which it takes over.
// `endpoint`: where the engine is; its `actuator` counts for nothing.
asio::awaitable<void> ServeQuestions(asio::io_context& context, int pair, Endpoint endpoint,
                                     EngineLimits limits, Grants grants);

}  // namespace fairlead::docker
