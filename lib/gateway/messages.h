// Messages of gRPC as they lie in a body: one flag byte, four length bytes, the message. Pure.
//
// MessageCutter takes a body as it comes and gives its messages one by one, when they are asked
// for: what is not asked for stays what it was, bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fairlead::gateway {

inline constexpr std::size_t kMessageHeadBytes = 5;
inline constexpr char kDataFlag = 0;
inline constexpr char kCompressedFlag = 1;
inline constexpr char kTrailersFlag = static_cast<char>(0x80);  // of gRPC-web

// `message` (below 4 GiB) with its head.
std::string Framed(char flag, std::string_view message);

class MessageCutter {
 public:
  explicit MessageCutter(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  void Feed(std::string_view bytes) { bytes_.append(bytes); }
  // The next message; nothing while it is not whole. kUnimplemented: it is compressed;
  // kResourceExhausted: longer than may be; kInternal: no message begins so. Not after an error.
  Result<std::optional<std::string>> Next() { return Cut(kMessageHeadBytes); }
  // The same, with its head.
  Result<std::optional<std::string>> NextFramed() { return Cut(0); }

  // Of the body that has come, what no Next() gave.
  std::size_t kept_bytes() const { return bytes_.size() - at_; }
  // What has to lie here together before Next() can give anything; 0: nobody knows yet.
  std::size_t wanted_bytes() const { return wanted_; }

 private:
  Result<std::optional<std::string>> Cut(std::size_t without);

  const std::size_t message_bytes_max_;
  std::string bytes_;
  std::size_t at_ = 0;  // of bytes_, where the next message begins
  std::size_t wanted_ = 0;
};

}  // namespace fairlead::gateway
