#include "xds/lost_listeners.h"

#include <algorithm>
#include <utility>

namespace fairlead::xds {

bool LostListeners::Tell(const std::set<std::string, std::less<>>& subscribed,
                         std::vector<std::string> told) {
  const std::vector<std::string> before = std::exchange(told_, std::move(told));
  const bool has_gained = !std::ranges::includes(before, told_);
  const bool is_return = has_gained && std::exchange(has_lost_, false);
  const bool has_lost = std::ranges::any_of(before, [&](const std::string& name) {
    return subscribed.contains(name) && !std::ranges::binary_search(told_, name);
  });
  has_lost_ = has_lost_ || has_lost;
  return is_return;
}

}  // namespace fairlead::xds
