#include "gateway/messages.h"

#include <cstdint>

namespace fairlead::gateway {
namespace {

// What was given is thrown away in steps of this, not message by message.
constexpr std::size_t kGivenBytesMax = 32 * 1024;

}  // namespace

std::string Framed(char flag, std::string_view message) {
  std::string framed(1, flag);
  framed.reserve(kMessageHeadBytes + message.size());
  const auto size = static_cast<std::uint32_t>(message.size());
  for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(size >> shift & 0xFF);
  return framed.append(message);
}

Result<std::optional<std::string>> MessageCutter::Cut(std::size_t without) {
  wanted_ = 0;
  const std::string_view rest = std::string_view(bytes_).substr(at_);
  if (rest.size() < kMessageHeadBytes) return std::nullopt;
  if (rest[0] == kCompressedFlag)
    return Fail(Code::kUnimplemented,
                "read a message: it is compressed; send it as it is, without grpc-encoding");
  if (rest[0] != kDataFlag) return Fail(Code::kInternal, "read a message: none begins so");
  std::size_t size = 0;
  for (std::size_t i = 1; i < kMessageHeadBytes; ++i)
    size = size << 8 | static_cast<unsigned char>(rest[i]);
  if (size > message_bytes_max_)
    return Fail(Code::kResourceExhausted, "read a message: it has more than " +
                                              std::to_string(message_bytes_max_) +
                                              " bytes; send less");
  wanted_ = kMessageHeadBytes + size;
  if (rest.size() < wanted_) return std::nullopt;
  std::string message(rest.substr(without, wanted_ - without));
  at_ += wanted_;
  if (at_ == bytes_.size() || at_ > kGivenBytesMax) {
    bytes_.erase(0, at_);
    at_ = 0;
  }
  return message;
}

}  // namespace fairlead::gateway
