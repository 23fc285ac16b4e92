// The frames of HTTP/2 as bytes: RFC 9113, sections 4.1, 6 and 7.
//
// Threads: none; pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fairlead::h2 {

inline constexpr std::size_t kFrameHeadBytes = 9;
// The payload that everybody takes and that we never allow more of (SETTINGS_MAX_FRAME_SIZE).
inline constexpr std::size_t kFramePayloadBytesMax = 16 * 1024;
// What a client says first.
inline constexpr std::string_view kClientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
// What flow control begins with, for streams and connections, until somebody says otherwise.
inline constexpr std::int32_t kDefaultWindow = 65'535;
inline constexpr std::int64_t kWindowMax = 0x7FFFFFFF;

namespace frame {
enum Type : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kReset = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr std::uint8_t kEndStream = 0x1;  // DATA, HEADERS
inline constexpr std::uint8_t kAck = 0x1;        // SETTINGS, PING
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kHasPriority = 0x20;
}  // namespace frame

enum class Http2Error : std::uint32_t {
  kNone = 0,
  kProtocol = 1,
  kInternal = 2,
  kFlowControl = 3,
  kStreamClosed = 5,
  kFrameSize = 6,
  kRefusedStream = 7,
  kCancel = 8,
  kCompression = 9,
  kEnhanceYourCalm = 11,
};

enum class Setting : std::uint16_t {
  kHeaderTableSize = 1,
  kEnablePush = 2,
  kMaxConcurrentStreams = 3,
  kInitialWindowSize = 4,
  kMaxFrameSize = 5,
  kMaxHeaderListSize = 6,
};

struct FrameHead {
  std::uint32_t length = 0;  // of the payload
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;

  bool Has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

inline std::uint32_t ReadBig32(const std::byte* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(at[i]);
  return value;
}

inline void WriteBig32(std::byte* at, std::uint32_t value) {
  for (int i = 3; i >= 0; --i, value >>= 8) at[i] = static_cast<std::byte>(value);
}

// REQUIRES: kFrameHeadBytes at `at`.
inline FrameHead ReadFrameHead(const std::byte* at) {
  return {.length = ReadBig32(at) >> 8,
          .type = std::to_integer<std::uint8_t>(at[3]),
          .flags = std::to_integer<std::uint8_t>(at[4]),
          .stream = static_cast<std::int32_t>(ReadBig32(at + 5) & 0x7FFFFFFFU)};
}

// REQUIRES: kFrameHeadBytes at `at`; head.length below 2^24.
inline void WriteFrameHead(std::byte* at, const FrameHead& head) {
  WriteBig32(at, head.length << 8 | head.type);
  at[4] = static_cast<std::byte>(head.flags);
  WriteBig32(at + 5, static_cast<std::uint32_t>(head.stream));
}

// Appends a whole frame to `out`.
void AppendFrame(std::vector<std::byte>& out, frame::Type type, std::uint8_t flags,
                 std::int32_t stream, std::span<const std::byte> payload);
// A frame whose payload is one number: RST_STREAM, WINDOW_UPDATE.
void AppendNumber(std::vector<std::byte>& out, frame::Type type, std::int32_t stream,
                  std::uint32_t number);
// One entry of a SETTINGS frame's payload.
void AppendSetting(std::vector<std::byte>& payload, Setting id, std::uint32_t value);

}  // namespace fairlead::h2
