// KnownAnswer: the bytes of one whole good answer, and what they amount to.
//
// Why: healthy replicas answer a health check in the same hundred bytes, each time and each of
// them, but for the stream's number. Judging an answer by comparing it with the last good one
// touches no memory that is cold, and after a second of silence that is most of a check's cost.
// How: only for connections without a header table (LeanSession), where equal header blocks mean
// the same. Whatever differs in a byte is read in full.
// Threads: one loop; pure. Memory: kBytesMax.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "h2/answer.h"

namespace fairlead::h2 {

class KnownAnswer {
 public:
  // `data` came for call `id` and was judged: OK, with this message. Forgets what was known before;
  // an answer that is long, or mixed with other frames, is not kept.
  void Learn(std::span<const std::byte> data, std::int32_t id, std::span<const std::byte> message);
  // True when `data` is just the known answer, for call `id`.
  bool Matches(std::span<const std::byte> data, std::int32_t id) const;

  // Points into this object. REQUIRES: an answer is known.
  CallResult result() const { return {.message = message_}; }
  std::size_t body_bytes() const { return body_bytes_; }  // of DATA frames

 private:
  static constexpr std::size_t kBytesMax = 512;

  std::vector<std::byte> bytes_;     // empty: none
  std::vector<std::size_t> ids_at_;  // where a stream's number stands
  std::size_t body_bytes_ = 0;
  std::vector<std::byte> message_;
};

}  // namespace fairlead::h2
