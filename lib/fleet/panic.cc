#include "fleet/panic.h"

#include <algorithm>

namespace fairlead::fleet {

PanicDecision DecidePanic(const PanicCounts& counts, int threshold_percent, bool was_panic) {
  if (counts.countable == 0) return {};
  const bool is_below = counts.in * 100 < threshold_percent * counts.countable;
  // The smallest count that is not below the threshold, plus one, but never more than there are.
  const int at_threshold = (threshold_percent * counts.countable + 99) / 100;
  const bool is_over = counts.in >= std::min(at_threshold + 1, counts.countable);
  PanicDecision decision;
  decision.is_panic = is_below || (was_panic && !is_over);
  decision.silent_return = decision.is_panic;
  decision.not_serving_return =
      decision.is_panic && counts.countable >= 2 && counts.not_serving == counts.countable;
  return decision;
}

}  // namespace fairlead::fleet
