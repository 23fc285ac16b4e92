#include "telemetry/rate_limit.h"

#include <utility>

namespace fairlead::telemetry {

RateLimit::Window& RateLimit::Find(std::string_view key, TimePoint now) {
  if (const auto found = windows_.find(key); found != windows_.end()) return found->second;
  if (windows_.size() >= kKeysMax) {
    std::erase_if(windows_, [&](const auto& item) {
      return now - item.second.began >= window_ && item.second.held_back == 0;
    });
  }
  const std::string name = windows_.size() < kKeysMax ? std::string(key) : std::string();
  return windows_.try_emplace(name, Window{.began = now}).first->second;
}

std::optional<std::uint64_t> RateLimit::Admit(std::string_view key, TimePoint now) {
  Window& window = Find(key, now);
  if (now - window.began >= window_) {
    window.began = now;
    window.written = 0;
  }
  if (window.written >= per_window_max_) {
    ++window.held_back;
    return std::nullopt;
  }
  ++window.written;
  return std::exchange(window.held_back, 0);
}

}  // namespace fairlead::telemetry
