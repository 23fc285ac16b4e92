// Answer: what a server said to one unary call, and what that amounts to.
//
// Why pure: whatever odd reply a server gives, it is judged here, without a socket.
// Threads: none. Limits: ClientLimits; whatever exceeds them ends the call as kProtocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "h2/grpc_message.h"
#include "h2/limits.h"

namespace fairlead::h2 {

// How a call ended. All but kAnswered are failures of what is below gRPC.
enum class CallEnd {
  kAnswered,    // a gRPC status came: CallResult::status
  kRefused,     // nobody listens there
  kReset,       // the connection or the stream was reset
  kTimeout,     // no answer when Client::Expire() was called, or the kernel gave up
  kClosed,      // the peer ended the connection instead of answering
  kTls,         // TLS on one side only, or one of them does not believe the other
  kProtocol,    // anything that is not gRPC over HTTP/2 as we know it, or over a limit
  kHttpStatus,  // an HTTP status other than 200
  kNoFd,        // we have no file descriptors or socket memory left
  kNoPort,      // we have no local port left
  kNoRoute,     // our kernel knows no way there
};

struct CallResult {
  CallEnd end = CallEnd::kAnswered;
  Code status = Code::kOk;               // kAnswered
  std::span<const std::byte> message{};  // the one message of an OK answer; valid during OnCallEnd
  std::string detail{};                  // for people; empty when all is well
  bool is_over_limit = false;  // kProtocol: the peer has cost more than ClientLimits allow
};

// What a failed system call says about the peer or about us. EHOSTUNREACH is kNoRoute also when the
// neighbour is merely dead: it takes the kernel's 3 s of ARP to say so, and process death is seen
// elsewhere; blaming the target for our own missing route would be worse.
CallEnd EndOfErrno(int error);

// What the first bytes of a peer say, when they are no HTTP/2: kTls where it speaks TLS and was not
// asked by it, kProtocol for HTTP/1. Nothing when they may be HTTP/2.
std::optional<CallResult> SpeaksOtherwise(std::span<const std::byte> first);

class Answer {
 public:
  explicit Answer(const ClientLimits& limits)
      : limits_(limits), decoder_(limits.message_bytes_max) {}

  // Each returns false when a limit is exceeded or the reply cannot be understood: the call is
  // over, and Conclude() says why.
  bool OnField(std::string_view name, std::string_view value);
  bool OnData(std::span<const std::byte> data);
  // True when what came so far is the head of a gRPC reply.
  bool is_grpc() const { return http_status_ == "200" && is_grpc_; }

  // The result, once the stream has ended. `reset_code` is the peer's RST_STREAM code, if one came
  // before the end. The result points into this object.
  CallResult Conclude(std::optional<std::uint32_t> reset_code) const;

 private:
  bool Fault(std::string text);

  const ClientLimits& limits_;
  MessageDecoder decoder_;
  std::vector<std::byte> message_;
  int messages_ = 0;
  std::size_t header_bytes_ = 0;
  std::string http_status_;
  bool is_grpc_ = false;
  std::string content_type_;
  std::string grpc_status_;
  std::string grpc_message_;
  std::string fault_;
};

}  // namespace fairlead::h2
