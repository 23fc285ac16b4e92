#include "h2/grpc_message.h"

#include <algorithm>

namespace fairlead::h2 {

std::array<std::byte, kMessagePrefixBytes> MessagePrefix(std::size_t body_bytes) {
  return {std::byte{0}, static_cast<std::byte>(body_bytes >> 24),
          static_cast<std::byte>(body_bytes >> 16), static_cast<std::byte>(body_bytes >> 8),
          static_cast<std::byte>(body_bytes)};
}

std::span<const std::byte> MessageDecoder::TakePrefix(std::span<const std::byte> data) {
  const std::size_t take = std::min(kMessagePrefixBytes - prefix_bytes_, data.size());
  std::copy_n(data.begin(), take, prefix_.begin() + static_cast<std::ptrdiff_t>(prefix_bytes_));
  prefix_bytes_ += take;
  length_ = 0;
  for (std::size_t i = 1; i < kMessagePrefixBytes; ++i) {
    length_ = length_ << 8 | std::to_integer<std::size_t>(prefix_[i]);
  }
  return data.subspan(take);
}

MessageDecoder::Outcome MessageDecoder::Feed(std::span<const std::byte> data, const Sink& sink) {
  while (!data.empty()) {
    if (prefix_bytes_ < kMessagePrefixBytes) {
      data = TakePrefix(data);
      if (prefix_bytes_ < kMessagePrefixBytes) return Outcome::kGoOn;
      if (is_compressed() && compressed_ == Compressed::kRefused) return Outcome::kCompressed;
      if (length_ > message_bytes_max_) return Outcome::kTooLong;
    }
    const std::size_t missing = length_ - body_.size();
    if (data.size() < missing) {
      body_.insert(body_.end(), data.begin(), data.end());
      return Outcome::kGoOn;
    }
    std::vector<std::byte> joined;
    std::span<const std::byte> message = data.first(missing);
    if (!body_.empty()) {
      body_.insert(body_.end(), message.begin(), message.end());
      joined.swap(body_);
      message = joined;
    }
    data = data.subspan(missing);
    prefix_bytes_ = 0;
    if (!sink(message)) return Outcome::kStopped;
  }
  return Outcome::kGoOn;
}

}  // namespace fairlead::h2
