// Trace: what happened, as a hash, and as text for whoever asks.
//
// Why: equal seeds must give equal runs, or a failing seed could not be replayed. The hash covers
// every line, also where nobody prints them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/time.h"

namespace fairlead::sim {

class Trace {
 public:
  // `print` gets each line; empty: nobody reads.
  explicit Trace(std::function<void(std::string_view)> print = {}) : print_(std::move(print)) {}

  // `who`: "engine", "daemon", "person" ...
  void Tell(TimePoint now, std::string_view who, std::string_view what) {
    Count(static_cast<std::uint64_t>(now.time_since_epoch().count()));
    for (const char c : what) Count(static_cast<unsigned char>(c));
    if (!print_) return;
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() -
        std::chrono::milliseconds(std::chrono::hours(24)).count();
    print_(fmt::format("{:>6}.{:03} {:<8} {}", ms / 1000, ms % 1000, who, what));
  }
  // A figure that must be the same in each run, and is not worth a line.
  void Count(std::uint64_t figure) { hash_ = (hash_ ^ figure) * 0x100000001B3ULL; }

  std::uint64_t hash() const { return hash_; }

 private:
  std::function<void(std::string_view)> print_;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;  // FNV-1a
};

}  // namespace fairlead::sim
