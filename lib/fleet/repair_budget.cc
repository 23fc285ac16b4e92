#include "fleet/repair_budget.h"

#include <algorithm>

#include "base/backoff.h"
#include "fleet/limits.h"

namespace fairlead::fleet {
namespace {
// Bounds the memory of one place; more than any sane max-restarts.
constexpr std::size_t kRemembered = 1'000;
}  // namespace

void RepairBudget::Spend(TimePoint at) {
  spent_.insert(std::upper_bound(spent_.begin(), spent_.end(), at), at);
  if (spent_.size() > kRemembered) spent_.erase(spent_.begin());
  ++in_a_row_;
}

void RepairBudget::ObserveHealthy(TimePoint since, TimePoint now) {
  if (now - since >= kForgivenAfter) in_a_row_ = 0;
}

std::optional<TimePoint> RepairBudget::BackingOffUntil(const spec::RepairSpec& spec,
                                                       TimePoint now) const {
  if (in_a_row_ == 0) return std::nullopt;
  const DoublingBackoff backoff{.first = spec.backoff, .most = spec.backoff_max};
  const TimePoint from = std::max(spent_.back(), failed_at_.value_or(spent_.back()));
  const TimePoint until = from + backoff.Wait(in_a_row_ - 1);
  return until > now ? std::optional(until) : std::nullopt;
}

int RepairBudget::SpentInWindow(const spec::RepairSpec& spec, TimePoint now) const {
  return static_cast<int>(std::count_if(spent_.begin(), spent_.end(),
                                        [&](TimePoint at) { return now - at < spec.window; }));
}

}  // namespace fairlead::fleet
