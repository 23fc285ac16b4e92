// ReplayFilter: recognises an engine's event that was told before.
//
// Why: a resumed stream repeats its overlap, and an engine may deliver one event from its history
// and from its queue; an act that is told twice would be taken for two. Stamps are not monotonic
// and the engine's clock may step, so what is kept depends on the order of arrival only.
// Threads: none; pure.
// Invariant: holds at most kReplayKeysMax keys; both sides cost a constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "docker/engine.h"

namespace fairlead::controller {

// A replay repeats at most the 256 events of the engine's history; with its queue of 1,024 that is
// all that can come twice. Thrice as much is kept.
inline constexpr std::size_t kReplayKeysMax = 4'096;

class ReplayFilter {
 public:
  enum class Novelty {
    kNew,
    kRepeat,      // told before on the same stream
    kFromBefore,  // told before on an earlier stream that was whole: the engine still knows it
  };

  // A new stream begins.
  void BeginStream() { ++stream_; }
  // The stream's engine has shown its whole picture. One that goes before that may have been only
  // starting, and what it told then is no history of the engine that was known.
  void StreamIsWhole() { whole_stream_ = stream_; }
  Novelty Take(const docker::EngineEvent& event);
  std::size_t size() const { return order_.size(); }

 private:
  std::uint64_t stream_ = 0;
  std::uint64_t whole_stream_ = 0;                         // the last one
  std::unordered_map<std::uint64_t, std::uint64_t> told_;  // key -> stream
  std::deque<std::uint64_t> order_;                        // keys as they came
};

}  // namespace fairlead::controller
