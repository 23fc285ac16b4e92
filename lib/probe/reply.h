// Reply: what the server says to one call, message by message, until its status.
//
// Why beside h2::Answer: an answer has one message and is not compressed; a Watch has many, and
// with -gzip they are. What a reply amounts to is still judged there.
// Pure. Limits: h2::ClientLimits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "h2/answer.h"
#include "h2/grpc_message.h"

namespace fairlead::probe {

enum class CallKind {
  kUnary,   // Check: one message
  kStream,  // Watch: any number
};

class Reply {
 public:
  // `on_message` is told each plain message of a stream.
  using MessageSink = std::function<void(std::span<const std::byte>)>;
  Reply(CallKind kind, const h2::ClientLimits& limits, MessageSink on_message);

  // Each returns false when the reply cannot be understood: the call is over.
  bool OnField(std::string_view name, std::string_view value);
  bool OnData(std::span<const std::byte> data);

  // The result, once the stream has ended; as h2::Answer::Conclude(). An OK that ends a stream is
  // kProtocol there.
  h2::CallResult Conclude(std::optional<std::uint32_t> reset_code) const;

 private:
  bool TakeMessage(std::span<const std::byte> message);

  const CallKind kind_;
  const std::size_t message_bytes_max_;
  const MessageSink on_message_;
  h2::Answer answer_;
  h2::MessageDecoder decoder_;
  std::string fault_;  // what is wrong beyond what answer_ judges
};

}  // namespace fairlead::probe
