// H2Front: the gateway's callers over HTTP/2, gRPC's and HTTP's.
//
// Why lib/h2 and not gRPC's own server: whoever reaches the gateway is a stranger, and gRPC 1.51
// has no limits against those who send resets, CONTINUATION frames or header bombs without end.
// Threads: the HTTP/2 server's loop; the gateway is asked on its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/time.h"
#include "gateway/gateway.h"
#include "gateway/limits.h"
#include "h2/limits.h"
#include "h2/server.h"
#include "http/server.h"
#include "runtime/event_loop.h"

namespace fairlead::gateway {

class H2Front final : public h2::Router {
 public:
  // What it tells of its answers, on its loop. Each may be empty.
  struct Told {
    std::function<void(const std::string& service, Code code, Duration took)> called = {};
    std::function<void(const http::Served&)> served = {};
    std::function<void(std::string_view limit)> limit_hit = {};  // of CallLimits
  };
  // Where an exchange finds what it needs.
  struct Parts {
    runtime::EventLoop& loop;
    boost::asio::io_context& context;
    Gateway& gateway;
    Told told;
    // "request-time": for a body, or a message of a stream, to come whole.
    Duration body_time_max;
  };
  // All outlive it; and `loop` and `context` the calls of the gateway (Gateway::calls).
  H2Front(runtime::EventLoop& loop, boost::asio::io_context& context, Gateway& gateway, Told told,
          Duration body_time_max = GatewayHttpLimits().request_time_max)
      : parts_{.loop = loop,
               .context = context,
               .gateway = gateway,
               .told = std::move(told),
               .body_time_max = body_time_max} {}

  Result<std::unique_ptr<h2::StreamHandler>> Open(const h2::RequestHead& head,
                                                  h2::ServerStream& stream) override;
  bool takes_bodies() const override { return true; }
  std::unique_ptr<h2::StreamHandler> OpenBody(const h2::RequestHead& head,
                                              h2::BodyStream& stream) override;

 private:
  const Parts parts_;
};

// As HTTP/1.1 would have it: headers under names in lower case, :authority as `host`. Path and
// query are not looked at.
http::Request RequestOf(const h2::RequestHead& head);

// HTTP/2's share of the listener's limits, beside GatewayHttpLimits().
h2::ServerLimits GatewayH2Limits();

}  // namespace fairlead::gateway
