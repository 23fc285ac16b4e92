// The few HTTP/2 bytes that the raw programs of the benchmarks speak: frames and fixed header
// blocks.
//
// Why: a floor must send and read the same bytes as the real thing with no logic at all, so it uses
// no library. RFC 9113 section 4.1 (frame head), RFC 7541 (literals without indexing, no Huffman).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead::bench {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kFrameHeadBytes = 9;

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindow = 8
};
inline constexpr std::uint8_t kEndStream = 1;
inline constexpr std::uint8_t kEndHeaders = 4;
inline constexpr std::uint8_t kAck = 1;

struct FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
};

inline std::uint32_t Big32(const char* p) {
  const auto byte = [&](int i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(p[i]));
  };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

inline void PutBig32(char* p, std::uint32_t v) {
  p[0] = static_cast<char>(v >> 24);
  p[1] = static_cast<char>(v >> 16);
  p[2] = static_cast<char>(v >> 8);
  p[3] = static_cast<char>(v);
}

// REQUIRES: at least kFrameHeadBytes at `p`.
inline FrameHead ReadHead(const char* p) {
  return {.length = Big32(p) >> 8,
          .type = static_cast<std::uint8_t>(p[3]),
          .flags = static_cast<std::uint8_t>(p[4]),
          .stream = Big32(p + 5) & 0x7FFFFFFFU};
}

inline std::string Frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  std::string frame(kFrameHeadBytes, '\0');
  PutBig32(frame.data(), static_cast<std::uint32_t>(payload.size()) << 8);
  frame[3] = static_cast<char>(type);
  frame[4] = static_cast<char>(flags);
  PutBig32(frame.data() + 5, stream);
  return frame.append(payload);
}

// A literal header field without indexing, new name. REQUIRES: name and value under 127 bytes.
inline std::string Field(std::string_view name, std::string_view value) {
  std::string out(1, '\0');
  out.push_back(static_cast<char>(name.size()));
  out.append(name);
  out.push_back(static_cast<char>(value.size()));
  return out.append(value);
}

// A gRPC message: not compressed, length, bytes.
inline std::string Message(std::string_view bytes) {
  std::string out(5, '\0');
  PutBig32(out.data() + 1, static_cast<std::uint32_t>(bytes.size()));
  return out.append(bytes);
}

inline std::string RequestHeaders(std::string_view path) {
  return Field(":method", "POST") + Field(":scheme", "http") + Field(":path", path) +
         Field(":authority", "bench") + Field("te", "trailers") +
         Field("content-type", "application/grpc");
}

// Windows as large as they go, so that flow control is not what is measured.
inline std::string OpenSettings() {
  std::string initial_window(6, '\0');
  initial_window[1] = 4;
  PutBig32(initial_window.data() + 2, 0x7FFFFFFF);
  std::string increment(4, '\0');
  PutBig32(increment.data(), 0x7FFF0000);
  return Frame(kSettings, 0, 0, initial_window) + Frame(kWindow, 0, 0, increment);
}

// The number of bytes of the whole frame at the front of `buffer`, or 0 when it is not complete.
inline std::size_t WholeFrame(std::string_view buffer) {
  if (buffer.size() < kFrameHeadBytes) return 0;
  const std::size_t size = kFrameHeadBytes + ReadHead(buffer.data()).length;
  return buffer.size() >= size ? size : 0;
}

}  // namespace fairlead::bench
