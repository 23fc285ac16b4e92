// DiscoveryPeers: many discovery streams from raw sockets on one epoll, each acknowledging what it
// gets at once.
//
// Why: a client library would cost more than the server that is measured, and would be in its way
// on the same cores. Threads: one, the caller's. Every failure ends the program.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/h2_bytes.h"
#include "bench/sockets.h"

namespace fairlead::bench {

// One length-delimited protobuf field. REQUIRES: value under 16 KiB.
std::string ProtoField(int number, std::string_view value);

// What one client sends as its first request and as its acknowledgement of a response (the floor
// needs to know their sizes to count them).
std::string FirstRequest(const std::string& resource);
std::string Acknowledgement(const std::string& resource, std::string_view version,
                            std::string_view nonce);

class DiscoveryPeers {
 public:
  // The number of the stream, from 0, and one DiscoveryResponse.
  using OnResponse = std::function<void(std::size_t, std::string_view)>;

  // Opens `streams` connections to `place`, one stream each, that subscribe to the endpoints of
  // `resource`. `on_response`, if there is one, is called before a response is acknowledged.
  DiscoveryPeers(const ServerPlace& place, int streams, std::string resource,
                 OnResponse on_response = nullptr);

  // Handles what is there, waiting for it up to `timeout_ms` (-1: for ever). False when the server
  // has closed a connection.
  bool Turn(int timeout_ms);

 private:
  struct Stream {
    int fd = -1;
    std::string buffer;   // bytes of an unfinished frame
    std::string message;  // bytes of an unfinished gRPC message
  };

  bool Read(std::size_t number);
  void OnFrame(std::size_t number, const FrameHead& head, std::string_view payload);

  const std::string resource_;
  const OnResponse on_response_;
  const int epoll_;
  std::vector<Stream> streams_;
  std::vector<epoll_event> events_;
  std::vector<char> scratch_;
};

}  // namespace fairlead::bench
