// MessageDecoder: cuts the bytes of a gRPC stream into messages.
//
// Each message is one flag byte (1 = compressed), four length bytes, big endian, and the body.
// Why: DATA frames cut anywhere; a message may span many and many may share one.
// Threads: none. Memory: at most the bytes that really came, never what a length field promises.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace fairlead::h2 {

constexpr std::size_t kMessagePrefixBytes = 5;

// The prefix of an uncompressed message of `body_bytes` (below 2^32).
std::array<std::byte, kMessagePrefixBytes> MessagePrefix(std::size_t body_bytes);

class MessageDecoder {
 public:
  enum class Outcome { kGoOn, kStopped, kCompressed, kTooLong };
  // Gets one whole message; the bytes are valid during the call only. False stops the decoder.
  using Sink = std::function<bool(std::span<const std::byte>)>;

  // kRefused: they end as kCompressed. kTaken: the sink gets them as they came; is_compressed().
  enum class Compressed { kRefused, kTaken };

  explicit MessageDecoder(std::size_t message_bytes_max,
                          Compressed compressed = Compressed::kRefused)
      : message_bytes_max_(message_bytes_max), compressed_(compressed) {}

  // Hands every message that `data` completes to `sink`. After anything but kGoOn the decoder
  // must not be fed again.
  Outcome Feed(std::span<const std::byte> data, const Sink& sink);

  // True while a message has begun and not ended: a stream that ends here was cut short.
  bool mid_message() const { return prefix_bytes_ > 0; }
  std::size_t buffered_bytes() const { return body_.size(); }
  // Of the message that the sink is given.
  bool is_compressed() const { return prefix_[0] != std::byte{0}; }

 private:
  std::span<const std::byte> TakePrefix(std::span<const std::byte> data);

  const std::size_t message_bytes_max_;
  const Compressed compressed_;
  std::array<std::byte, kMessagePrefixBytes> prefix_{};
  std::size_t prefix_bytes_ = 0;  // of prefix_ that have come
  std::size_t length_ = 0;        // of the body; known once the prefix is whole
  std::vector<std::byte> body_;   // what has come of a body that spans calls of Feed
};

}  // namespace fairlead::h2
