// PeerBill: what a server may cost us within a second, whatever it is that it sends.
//
// Why: each byte, frame and read that a hostile server makes us take is time that its neighbours
// wait. What a limit per call misses (floods between calls, one byte at a time) shows here.
// Threads: none. Limits: ClientLimits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "h2/limits.h"

namespace fairlead::h2 {

class PeerBill {
 public:
  // One read of so many bytes, in which so many frames began. False when the second's limits are
  // exceeded. Seconds follow each other without overlap. REQUIRES: `now` never goes back.
  bool Spend(std::size_t bytes, std::uint32_t frames, TimePoint now, const ClientLimits& limits) {
    if (now - since_ >= std::chrono::seconds(1)) *this = PeerBill(now);
    bytes_ += bytes;
    frames_ += frames;
    ++reads_;
    ++reads_unanswered_;
    return bytes_ <= limits.bytes_per_second_max && frames_ <= limits.frames_per_second_max &&
           reads_ <= limits.reads_per_second_max &&
           reads_unanswered_ <= limits.reads_per_answer_max;
  }
  // A call of ours is over. What we did not ask for answers nothing.
  void Answered() { reads_unanswered_ = 0; }

  PeerBill() = default;

 private:
  explicit PeerBill(TimePoint since) : since_(since) {}

  TimePoint since_{};
  std::size_t bytes_ = 0;
  std::uint32_t frames_ = 0;
  std::uint32_t reads_ = 0;
  std::uint32_t reads_unanswered_ = 0;
};

}  // namespace fairlead::h2
