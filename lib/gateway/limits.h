// Limits: the most that the gateway takes from services and from callers.
//
// Those of descriptors are what server reflection may say about one generation of a service; above
// them it is not answered for, and the log says which was hit. Those of callers are the HTTP
// listener's (http/limits.h), with the figures of GatewayHttpLimits(), and of HTTP/2 h2/limits.h's,
// which are counted together under "http2".
#pragma once

#include <cstddef>

#include "base/time.h"
#include "http/limits.h"

namespace fairlead::gateway {

struct DescriptorLimits {
  // Of all files together. The largest public APIs in one set have some 3 MiB.
  std::size_t bytes_max = 4 * 1024 * 1024;
  std::size_t files_max = 1024;
  std::size_t services_max = 256;
  // protobuf makes prototypes of types within types by recursion, some 400 bytes of stack each;
  // this many in a chain use a fifth of a thread's stack.
  std::size_t types_max = 4096;
};

struct CallLimits {
  // "message-bytes", of a request by gRPC or of any answer; gRPC's own default.
  std::size_t message_bytes_max = 4 * 1024 * 1024;
  // For callers that say nothing, of services that say nothing. A stream has no limit then.
  Duration timeout_default = std::chrono::seconds(30);
  // Until the descriptors of a replica are there, when nobody else can answer.
  Duration waiting_time_max = std::chrono::seconds(3);
  // "waiting": requests that wait for that at once; one more is told 503.
  std::size_t waiting_max = 256;
  // "replica-queue": calls of one service that wait for a replica to be connected, or to allow one
  // more; another is told 429.
  std::size_t replica_queue_max = 1024;
  // Of a call's messages, kept until its answer begins, so that it can be made again; what sends
  // more is not retried. gRPC's own figure.
  std::size_t retry_bytes_max = 256 * 1024;
  // Of all questions to one server's reflection together.
  Duration reflection_time_max = std::chrono::seconds(5);
  // Between two tries to get descriptors from one replica, doubling.
  Duration reflection_backoff = std::chrono::seconds(1);
  Duration reflection_backoff_max = std::chrono::seconds(30);
};

// What a gRPC caller is told at most, as a header list counts (names, values and 32 for each): a
// client takes 8 KiB, as a rule. What is beyond is left out.
inline constexpr std::size_t kMetadataBytesMax = 8 * 1024;  // before the first message
inline constexpr std::size_t kTrailersBytesMax = 4 * 1024;
inline constexpr std::size_t kDetailsBytesMax = 4 * 1024;  // of grpc-status-details-bin

// As the admin's listener, but for callers by the hundred, bodies as large as a message of gRPC,
// and connections that are kept for longer.
inline http::Limits GatewayHttpLimits() {
  http::Limits limits;
  limits.connections_max = 1024;
  // Of an offender: a hundred calls of its connection's take 5 ms.
  limits.arrivals.offender_pace = std::chrono::milliseconds(100);
  limits.arrivals.offender_waiting_max = 20;  // two seconds at that pace
  limits.body_bytes_max = CallLimits().message_bytes_max;
  limits.request_time_max = std::chrono::seconds(30);
  limits.idle_time_max = std::chrono::seconds(60);
  limits.requests_per_connection_max = 100'000;
  limits.streams_max = 512;
  return limits;
}

}  // namespace fairlead::gateway
