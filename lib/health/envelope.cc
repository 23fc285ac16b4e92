#include "health/envelope.h"

#include <algorithm>
#include <bit>

namespace fairlead::health {
namespace {

constexpr int kStepBits = 3;  // eight steps to a power of two
constexpr std::uint64_t kSteps = 1U << kStepBits;
constexpr int kCodeMost = 255;  // an hour

// The smallest code c > 0 with LatencyOf(c) >= latency.
std::uint8_t CodeOf(Duration latency) {
  const auto us = std::chrono::ceil<std::chrono::microseconds>(latency).count();
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 1));
  // In eighths, so that one microsecond has its steps, too.
  const std::uint64_t eighths = value << kStepBits;
  const int power = static_cast<int>(std::bit_width(eighths)) - 1 - kStepBits;
  const std::uint64_t step = std::uint64_t{1} << power;
  const std::uint64_t rounded_up = (eighths + step - 1) >> power;  // kSteps .. 2 * kSteps
  const int code = power * static_cast<int>(kSteps) + static_cast<int>(rounded_up - kSteps) + 1;
  return static_cast<std::uint8_t>(std::min(code, kCodeMost));
}

Duration LatencyOf(std::uint8_t code) {
  if (code == 0) return Duration::zero();
  const auto power = static_cast<unsigned>(code - 1) / kSteps;
  const std::uint64_t eighths = (kSteps + static_cast<unsigned>(code - 1) % kSteps) << power;
  constexpr std::uint64_t kNsPerUs = 1'000;
  return Duration(static_cast<Duration::rep>((eighths * kNsPerUs) >> kStepBits));
}

}  // namespace

void Envelope::Add(Duration latency) {
  if (in_block_ == kBlockAnswers) {
    block_ = static_cast<std::uint8_t>((block_ + 1U) % kBlocks);
    blocks_[block_] = {};
    in_block_ = 0;
  }
  ++in_block_;
  if (!is_usable()) ++total_;
  Block& block = blocks_[block_];
  const std::uint8_t code = CodeOf(latency);
  if (code >= block.slowest) {
    block.second = block.slowest;
    block.slowest = code;
  } else {
    block.second = std::max(block.second, code);
  }
}

Duration Envelope::p99() const {
  std::uint8_t slowest = 0;
  std::uint8_t second = 0;
  for (const Block& block : blocks_) {
    if (block.slowest >= slowest) {
      second = std::max(slowest, block.second);
      slowest = block.slowest;
    } else {
      second = std::max(second, block.slowest);
    }
  }
  return LatencyOf(is_usable() ? second : slowest);
}

std::optional<Duration> Envelope::limit() const {
  if (!is_usable()) return std::nullopt;
  return std::max(kLimitLeast, kTimesP99 * p99());
}

}  // namespace fairlead::health
