// PlanRoots: which of our roots signs now, and when it is time for the next. Pure.
//
// Why two at a time: callers believe the roots that they have read. So the next root is made long
// before the former ends, goes into every bundle at once, and signs only after it had time to
// spread; until then the former does.
// Clocks that jump: what a root is good for is asked of its own dates at each look. Set forward
// over all ends, a new root is made and the former stay kept, so that they sign again when the
// clock is set right; set back before all begins, nothing is made and nobody signs.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ca/wall.h"

namespace fairlead::ca {

// Before the end of the newest root its successor is made: the time to spread, and the longest life
// of a leaf twice.
inline constexpr std::chrono::days kRootLead{90};
// How long bundles have a root before leaves are signed by it. Files are read again within minutes
// by most who can; this is for those who read theirs at each start and for bundles that people
// carry by hand.
inline constexpr std::chrono::days kRootSpread{30};

struct RootPlan {
  bool makes_one = false;
  // Among those that there are; nothing: nobody may. With makes_one: the new one does.
  std::optional<std::size_t> signer;
  bool is_clock_early = false;  // `now` is before the begin of all

  bool operator==(const RootPlan&) const = default;
};

// `roots` in the order in which they were made.
RootPlan PlanRoots(const std::vector<Span>& roots, Wall now);

}  // namespace fairlead::ca
