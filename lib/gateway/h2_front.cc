#include "gateway/h2_front.h"

#include <algorithm>
#include <utility>

#include "gateway/grpc_exchange.h"
#include "gateway/h2_exchange.h"
#include "gateway/limits.h"
#include "h2/grpc_headers.h"

namespace fairlead::gateway {
namespace {

// A connection that nobody uses gives its place away; gRPC's clients make another when they need
// one.
constexpr Duration kIdleTimeMax = std::chrono::minutes(5);

http::Peer PeerOf(const h2::Peer& peer) {
  if (peer.is_unix) return {.is_unix = true, .uid = peer.uid};
  const bool is_v6 = peer.address.find(':') != std::string::npos;
  return {.address =
              (is_v6 ? "[" + peer.address + "]" : peer.address) + ":" + std::to_string(peer.port)};
}

}  // namespace

http::Request RequestOf(const h2::RequestHead& head) {
  http::Request request{.method = head.method, .path = head.path, .peer = PeerOf(head.peer)};
  for (const auto& [name, value] : head.metadata) {
    const bool is_second = name == "host" && !head.authority.empty();
    if (!is_second) request.fields.push_back({name, value});
  }
  if (!head.authority.empty()) request.fields.push_back({"host", head.authority});
  if (!head.content_type.empty()) request.fields.push_back({"content-type", head.content_type});
  if (head.timeout) {
    const Duration timeout = std::max<Duration>(*head.timeout, std::chrono::milliseconds(1));
    request.fields.push_back({"grpc-timeout", h2::FormatTimeout(timeout)});
  }
  return request;
}

h2::ServerLimits GatewayH2Limits() {
  h2::ServerLimits limits;
  limits.connections_max = GatewayHttpLimits().connections_max;
  // All callers behind one proxy have one address.
  limits.connections_per_peer_max = limits.connections_max;
  limits.idle_time_max = kIdleTimeMax;
  limits.refused_streams_per_minute_max = 2 * limits.streams_per_connection_max;
  return limits;
}

Result<std::unique_ptr<h2::StreamHandler>> H2Front::Open(const h2::RequestHead&,
                                                         h2::ServerStream&) {
  return Fail(Code::kInternal, "open a call: the gateway takes bodies");
}

std::unique_ptr<h2::StreamHandler> H2Front::OpenBody(const h2::RequestHead& head,
                                                     h2::BodyStream& stream) {
  if (head.method == "POST" && h2::IsGrpcContentType(head.content_type))
    return std::make_unique<GrpcExchange>(parts_, RequestOf(head), stream);
  return std::make_unique<H2Exchange>(parts_, RequestOf(head), stream);
}

}  // namespace fairlead::gateway
