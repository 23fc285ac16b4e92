#include "fleet/recent_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace fairlead::fleet {

void RecentChecks::Observe(const spec::CheckOutcome& outcome, TimePoint now) {
  ring_.at(next_) = {.check_class = outcome.check_class, .latency = outcome.latency, .at = now};
  next_ = (next_ + 1) % kRecentChecksKept;
  count_ = std::min(count_ + 1, kRecentChecksKept);
}

std::vector<RecentCheck> RecentChecks::Newest() const {
  std::vector<RecentCheck> newest;
  for (std::size_t i = 1; i <= count_; ++i)
    newest.push_back(ring_.at((next_ + kRecentChecksKept - i) % kRecentChecksKept));
  return newest;
}

std::string RecentChecks::Text(TimePoint now) const {
  using Seconds = std::chrono::duration<double>;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  std::string text;
  for (std::size_t i = 1; i <= std::min(count_, kRecentChecksTold); ++i) {
    const RecentCheck& one = ring_.at((next_ + kRecentChecksKept - i) % kRecentChecksKept);
    fmt::format_to(std::back_inserter(text), "{}{} {:.1f}s ago in {:.1f}ms", i == 1 ? "" : ", ",
                   spec::CheckClassName(one.check_class), Seconds(now - one.at).count(),
                   Milliseconds(one.latency).count());
  }
  return text;
}

}  // namespace fairlead::fleet
