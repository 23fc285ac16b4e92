// Timeline: virtual time and what is to happen in it.
//
// Why: an hour passes as fast as its events can be worked off, and in the same order each time:
// what is due at one moment happens in the order in which it was planned.
// Threads: none.
// Invariant: time never goes back.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace fairlead::sim {

class Timeline {
 public:
  using What = std::function<void()>;

  TimePoint now() const { return now_; }
  // What is planned for the past happens now.
  void At(TimePoint when, What what);
  void After(Duration wait, What what) { At(now_ + wait, std::move(what)); }
  // Lets everything happen that is due until `end`, and ends there.
  void RunUntil(TimePoint end);

  std::size_t waiting() const { return heap_.size(); }
  std::uint64_t happened() const { return happened_; }

 private:
  // Small, because a heap moves its entries about.
  struct Entry {
    TimePoint when;
    std::uint64_t order = 0;
    std::uint32_t slot = 0;
    bool operator<(const Entry& other) const {
      return when != other.when ? when > other.when : order > other.order;
    }
  };

  // Some time after an epoch: zero means "never" in places.
  TimePoint now_{std::chrono::hours(24)};
  std::uint64_t planned_ = 0;
  std::uint64_t happened_ = 0;
  std::vector<Entry> heap_;
  std::vector<What> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace fairlead::sim
