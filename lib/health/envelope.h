// Envelope: how long the answers to one kind of question take as a rule, in sixteen bytes.
//
// Why: only a replica's own past says what is slow for it. 99 of its last 100 answers came within
// some time; many times that is out of the ordinary.
// How: answers are kept in blocks of 25, and of each block the two slowest. Of 100 to 124 answers
// the 99th percentile is the second slowest, so nothing else needs keeping: a ring of a hundred
// latencies per question would be half of a target's memory. Of 20 to 99 it is the second slowest,
// too: one slow answer says nothing, and the first of a process that only starts is often one. A
// latency is a byte, an eighth of a power of two of microseconds, rounded up: 9 % at most, to the
// patient side.
// Threads: none; pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace fairlead::health {

class Envelope {
 public:
  // So many answers make a rule (state model).
  static constexpr int kUsableFrom = 20;
  // The limit is never shorter: a scheduler's hiccup on a busy host is no news.
  static constexpr Duration kLimitLeast = std::chrono::milliseconds(50);
  static constexpr int kTimesP99 = 8;

  // REQUIRES: latency >= 0.
  void Add(Duration latency);

  bool is_usable() const { return total_ >= kUsableFrom; }
  // All but one of the last answers, of which 100 to 124 count, took no longer; before kUsableFrom
  // all of them, and zero before the first.
  Duration p99() const;
  // What takes longer is out of the ordinary: max(50 ms, 8 x p99). Nothing until it is usable.
  std::optional<Duration> limit() const;

 private:
  static constexpr std::uint8_t kBlockAnswers = 25;
  static constexpr std::size_t kBlocks = 5;

  // Codes of the two slowest of a block; 0: none.
  struct Block {
    std::uint8_t slowest = 0;
    std::uint8_t second = 0;
  };
  std::array<Block, kBlocks> blocks_{};
  std::uint8_t block_ = 0;     // that is being filled
  std::uint8_t in_block_ = 0;  // answers in it
  std::uint8_t total_ = 0;     // answers so far, counted up to kUsableFrom
};

}  // namespace fairlead::health
