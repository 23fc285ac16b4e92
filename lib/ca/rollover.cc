#include "ca/rollover.h"

#include <algorithm>

#include "ca/authority.h"

namespace fairlead::ca {
namespace {

bool HasSpread(const Span& root, Wall now) {
  return now >= root.begin + kRootBackdate + kRootSpread;
}

}  // namespace

RootPlan PlanRoots(const std::vector<Span>& roots, Wall now) {
  RootPlan plan;
  std::optional<std::size_t> longest_known;
  std::optional<std::size_t> newest;
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (!roots[i].Holds(now)) continue;
    newest = i;
    if (!longest_known) longest_known = i;
    if (HasSpread(roots[i], now)) plan.signer = i;
  }
  if (!plan.signer) plan.signer = longest_known;
  plan.is_clock_early = !roots.empty() && std::ranges::all_of(roots, [&](const Span& root) {
    return now < root.begin;
  });
  plan.makes_one = !plan.is_clock_early && (!newest || now >= roots[*newest].end - kRootLead);
  return plan;
}

}  // namespace fairlead::ca
