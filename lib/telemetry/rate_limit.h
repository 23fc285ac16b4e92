// RateLimit: so many entries per key and window; the rest are counted. Pure.
//
// Threads: none; the logger's lock protects it.
// Invariant: at most kKeysMax keys; when full, keys whose window is over are forgotten first, and
// what still does not fit shares one key.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace fairlead::telemetry {

class RateLimit {
 public:
  // Keys are literals of ours, so there are few; the bound is there all the same.
  static constexpr std::size_t kKeysMax = 1024;

  // REQUIRES: per_window_max >= 1 and window > 0.
  RateLimit(int per_window_max, Duration window)
      : per_window_max_(per_window_max), window_(window) {}

  // Nothing: hold this entry back. A number: write it, and say that so many were held back before.
  std::optional<std::uint64_t> Admit(std::string_view key, TimePoint now);

 private:
  struct Window {
    TimePoint began{};
    int written = 0;
    std::uint64_t held_back = 0;
  };
  Window& Find(std::string_view key, TimePoint now);

  const int per_window_max_;
  const Duration window_;
  std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace fairlead::telemetry
