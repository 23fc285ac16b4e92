// EventDecoder: the bytes of the engine's event stream, in whatever pieces they come, to events.
//
// Why: a record may be spread over many reads and a read may hold many records; engines end records
// with a newline, CRLF or start them with RFC 7464's 0x1E. So records are found by their braces.
// Threads: none; one stream, one decoder.
// Invariant: never holds more than `event_bytes_max` bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "docker/engine.h"

namespace fairlead::docker {

class EventDecoder {
 public:
  // A longer record is skipped, not fatal: labels are copied into events, and one container with
  // huge labels must not cut us off from all others.
  explicit EventDecoder(std::size_t event_bytes_max);

  // Calls `on_event` for each record that `bytes` completes, exec noise left out. kDataLoss when
  // this is no event stream; the decoder is then of no more use.
  Result<> Feed(std::string_view bytes, const std::function<void(EngineEvent)>& on_event);

  // Records that were too long or said nothing readable. The caller may want a full list.
  std::uint64_t skipped() const { return skipped_; }

 private:
  enum class Place { kBetween, kRecord, kString, kEscape };

  // Takes one byte of a record or of what is between two. False for a byte that cannot be there.
  bool Take(char c);
  Result<> Finish(const std::function<void(EngineEvent)>& on_event);

  const std::size_t event_bytes_max_;
  Place place_ = Place::kBetween;
  int depth_ = 0;
  bool is_too_long_ = false;
  std::string record_;
  std::uint64_t skipped_ = 0;
};

}  // namespace fairlead::docker
