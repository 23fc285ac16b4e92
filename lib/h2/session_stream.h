// SessionStream: one stream as flow control and framing see it, on either side.
//
// Threads: none; a value.
#pragma once

#include <cstdint>

#include "h2/frames.h"

namespace fairlead::h2 {

// Half of the window that every stream and connection begins with and keeps.
inline constexpr std::int32_t kGrantBytes = 32 * 1024;

// Whoever is at our end of the stream embeds this.
struct SessionStream {
  std::int32_t id = 0;
  std::int32_t receive_window = 0;          // bytes of DATA that the peer may still send
  std::int64_t send_window = 0;             // bytes of DATA that it still takes; may be negative
  std::int64_t body_left = kUnknownLength;  // what content-length promised and has not come
  bool has_ended = false;                   // the peer has said END_STREAM
  // Of a stream whose owner keeps what it gets: the peer may be `ahead_bytes` ahead of what the
  // owner has given back by Release(). Of others everything counts as given back at once.
  bool keeps_body = false;
  std::int32_t kept_bytes = 0;
  std::int32_t ahead_bytes = kDefaultWindow;

  static constexpr std::int64_t kUnknownLength = -1;

  // How much the peer is to be told that it may send beyond its window; 0: nothing yet. In steps of
  // half a window, but what little is left of a window is not waited for.
  std::int32_t Grant() const {
    const std::int32_t more = ahead_bytes - kept_bytes - receive_window;
    const bool is_short =
        receive_window < static_cast<std::int32_t>(kFramePayloadBytesMax) && more > 0;
    return more >= kGrantBytes || is_short ? more : 0;
  }
};

}  // namespace fairlead::h2
