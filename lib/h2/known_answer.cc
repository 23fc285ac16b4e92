#include "h2/known_answer.h"

#include <algorithm>
#include <cstring>

#include "h2/frames.h"

namespace fairlead::h2 {

namespace {
constexpr std::size_t kIdAt = 5;  // in a frame's head
constexpr std::size_t kIdBytes = 4;
}  // namespace

void KnownAnswer::Learn(std::span<const std::byte> data, std::int32_t id,
                        std::span<const std::byte> message) {
  bytes_.clear();
  ids_at_.clear();
  body_bytes_ = 0;
  if (data.size() > kBytesMax) return;
  bool has_ended = false;
  std::size_t at = 0;
  while (data.size() - at >= kFrameHeadBytes && !has_ended) {
    const FrameHead head = ReadFrameHead(data.data() + at);
    const bool is_body = head.type == frame::kData;
    if (head.stream != id || !(is_body || head.type == frame::kHeaders)) return;
    ids_at_.push_back(at + kIdAt);
    body_bytes_ += is_body ? head.length : 0;
    has_ended = head.Has(frame::kEndStream);
    at += kFrameHeadBytes + head.length;
    if (at > data.size()) return;
  }
  if (!has_ended || at != data.size()) return;
  bytes_.assign(data.begin(), data.end());
  message_.assign(message.begin(), message.end());
}

bool KnownAnswer::Matches(std::span<const std::byte> data, std::int32_t id) const {
  if (bytes_.empty() || data.size() != bytes_.size()) return false;
  std::size_t at = 0;
  for (const std::size_t id_at : ids_at_) {
    if (std::memcmp(data.data() + at, bytes_.data() + at, id_at - at) != 0) return false;
    if (ReadBig32(data.data() + id_at) != static_cast<std::uint32_t>(id)) return false;
    at = id_at + kIdBytes;
  }
  return std::memcmp(data.data() + at, bytes_.data() + at, data.size() - at) == 0;
}

}  // namespace fairlead::h2
