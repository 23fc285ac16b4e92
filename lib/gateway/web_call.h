// A call of gRPC-web to a replica, and its answer over HTTP.
//
// Threads: the gateway's loop, where `answer` comes once; the body of a stream may be pulled from
// another.
#pragma once

#include <functional>
#include <string>

#include "gateway/call_count.h"
#include "gateway/calling.h"
#include "gateway/web.h"
#include "http/request.h"

namespace fairlead::gateway {

struct WebOrder {
  Calling calling;
  WebForm form;
  std::string message;     // the request
  bool is_stream = false;  // the service streams: the answer is a stream, too
};

// Returns what gives the call up, which may be called at any time after, on the loop.
std::function<void()> CallWeb(WebOrder order, CallCount::Token token, http::Handler::Answer answer);

}  // namespace fairlead::gateway
