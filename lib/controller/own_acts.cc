#include "controller/own_acts.h"

#include <algorithm>

namespace fairlead::controller {

void OwnActs::Begin(const ContainerId& id, TimePoint now) {
  acts_[id].push_back({.begun = now});
}

void OwnActs::End(const ContainerId& id, TimePoint now) {
  for (Act& act : acts_[id]) {
    if (!act.ended) act.ended = now;
  }
  for (auto& [other, acts] : acts_) {
    std::erase_if(acts,
                  [&](const Act& act) { return act.ended && now - *act.ended > kOwnActKept; });
  }
  std::erase_if(acts_, [](const auto& entry) { return entry.second.empty(); });
}

void OwnActs::Remember(const ContainerId& id, TimePoint begun, std::optional<TimePoint> ended) {
  acts_[id].push_back({.begun = begun, .ended = ended.value_or(begun + kCutActReach)});
}

bool OwnActs::Explains(const ContainerId& id, std::string_view action, TimePoint at) const {
  const bool is_echo = action == "kill" || action == "stop" || action == "restart" ||
                       action == "die" || action == "start";
  const auto found = acts_.find(id);
  if (!is_echo || found == acts_.end()) return false;
  return std::ranges::any_of(found->second, [&](const Act& act) {
    return at >= act.begun && (!act.ended || at <= *act.ended + kEchoWindow);
  });
}

std::size_t OwnActs::remembered() const {
  std::size_t count = 0;
  for (const auto& [id, acts] : acts_) count += acts.size();
  return count;
}

}  // namespace fairlead::controller
