// Exchange: one POST and the status that it is answered with, within one deadline.
//
// Why only the status: nothing of a stranger's answer is needed, so nothing of it is kept.
// Threads: the awaiting coroutine's loop.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/http_url.h"
#include "base/result.h"
#include "base/time.h"

namespace fairlead::webhook {

struct PostRequest {
  HttpUrl url;
  std::string body;       // JSON
  std::string signature;  // empty: none
  std::string event;      // the event's word, for receivers that route by header
  Duration timeout{};     // of lookup, connection, handshake and answer together
};

// The status, 100..599. kDeadlineExceeded, kUnauthenticated (the server's certificate),
// kUnavailable (lookup, connection, no HTTP); messages are about "https://HOST:PORT".
boost::asio::awaitable<Result<unsigned>> Post(PostRequest request);

}  // namespace fairlead::webhook
