// Limits: the most that the HTTP listener gives to all peers together and to each of them.
//
// Each is told to Told::limit_hit under its word, which is the `limit` label of
// fairlead_http_limit_hits_total. The figures are a browser's with one dashboard open, and far
// above those of scripts and scrapers.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "h2/limits.h"

namespace fairlead::http {

struct Limits {
  // "waiting": of connections over TCP that were accepted and wait to be begun.
  h2::ArrivalLimits arrivals = {};
  // "connections": open at once. One more takes the place of the one that has been without a whole
  // request for longest, of the peer that has most; if all have one, it is told 503.
  std::size_t connections_max = 128;
  // "head-bytes": request line and fields. Stock servers take 8 to 16 KiB.
  std::size_t head_bytes_max = 16 * 1024;
  // "target-bytes": path and query; what people put into links stays below 8 KiB.
  std::size_t target_bytes_max = 8 * 1024;
  // "fields": a browser sends about 20.
  std::size_t fields_max = 64;
  // "body-bytes": the longest request, a Compose file to be checked, is a tenth of it.
  std::size_t body_bytes_max = 256 * 1024;
  // "request-time": from the first byte to the last of a request, however slowly they come.
  Duration request_time_max = std::chrono::seconds(5);
  // "idle-time": until the first byte of a connection's next request.
  Duration idle_time_max = std::chrono::seconds(30);
  // "write-time": for a peer to take one answer, or one piece of a stream.
  Duration write_time_max = std::chrono::seconds(30);
  // "requests": on one connection, so that none is for ever; the last answer closes it.
  int requests_per_connection_max = 100;
  // "streams": answers without an end at once. The feed of events has as many places.
  std::size_t streams_max = 64;
  // Pipelined requests are answered one after another; what waits meanwhile is head_bytes_max.
  // After a refusal, what is still read and thrown away so that the peer gets to see the answer:
  std::size_t linger_bytes_max = 64 * 1024;
  Duration linger_time_max = std::chrono::seconds(1);
};

}  // namespace fairlead::http
