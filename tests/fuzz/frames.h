// HTTP/2 frames out of a fuzzer's bytes, so that most inputs get past the first head.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "unit/h2/wire.h"

namespace fairlead::fuzz {

// Each frame is four bytes in the input, type, flags, stream and length, and then its payload. What
// is left over at the end is sent as it is.
inline std::vector<std::string> FramesOf(std::string_view input) {
  constexpr std::size_t kHead = 4;
  constexpr unsigned kTypes = 11;  // the known ones and one that is not
  std::vector<std::string> frames;
  while (input.size() >= kHead) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(input[at]); };
    const std::string_view payload = input.substr(kHead, byte(3));
    frames.push_back(h2::testing::Frame(byte(0) % kTypes, byte(1), byte(2), payload));
    input.remove_prefix(kHead + payload.size());
  }
  if (!input.empty()) frames.emplace_back(input);
  return frames;
}

// Tells both sides of `frames` until the connection is over; however the bytes come in, the same
// happens.
template <class Side>
void HearAlike(Side& whole, Side& cut, const std::vector<std::string>& frames) {
  for (const std::string& frame : frames) {
    const bool goes_on = whole.Hear(frame);
    CHECK(cut.Hear(frame) == goes_on);
    CHECK(whole.log() == cut.log());
    if (!goes_on) return;
  }
}

}  // namespace fairlead::fuzz
