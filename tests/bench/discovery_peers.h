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
std::string FirstRequest(const std::vector<std::string>& resources);
std::string Acknowledgement(const std::vector<std::string>& resources, std::string_view version,
                            std::string_view nonce);

// State of the world: an acknowledgement repeats all names. By increments: it has a nonce alone.
enum class Variant { kSotw, kDelta };

class DiscoveryPeers {
 public:
  // The number of the stream, from 0, and one DiscoveryResponse.
  using OnResponse = std::function<void(std::size_t, std::string_view)>;

  // What a stream subscribes to: the endpoints of these.
  using Names = std::function<std::vector<std::string>(std::size_t stream)>;

  // Opens `streams` connections to `place`, one stream each. `on_response`, if there is one, is
  // called before a response is acknowledged.
  DiscoveryPeers(const ServerPlace& place, int streams, const Names& names,
                 OnResponse on_response = nullptr, Variant variant = Variant::kSotw);
  // All of them for one resource.
  DiscoveryPeers(const ServerPlace& place, int streams, const std::string& resource,
                 OnResponse on_response = nullptr);

  // Opens one more, which asks for these and then reads nothing any more; it takes 4 KiB at most.
  void AddStalled(const ServerPlace& place, const std::vector<std::string>& names);

  // Handles what is there, waiting for it up to `timeout_ms` (-1: for ever). False when the server
  // has closed a connection.
  bool Turn(int timeout_ms);

 private:
  struct Stream {
    int fd = -1;
    std::vector<std::string> names;
    std::string buffer;   // bytes of an unfinished frame
    std::string message;  // bytes of an unfinished gRPC message
  };

  bool Read(std::size_t number);
  void OnFrame(std::size_t number, const FrameHead& head, std::string_view payload);

  std::string Answer(const Stream& stream, std::string_view response) const;

  const OnResponse on_response_;
  const Variant variant_;
  const int epoll_;
  std::vector<Stream> streams_;
  std::vector<epoll_event> events_;
  std::vector<char> scratch_;
};

}  // namespace fairlead::bench
