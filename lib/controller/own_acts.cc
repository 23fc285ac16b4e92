#include "controller/own_acts.h"

namespace fairlead::controller {

void OwnActs::End(const ContainerId& id, TimePoint now) {
  std::erase_if(acts_, [&](const auto& act) { return act.second.IsOver(now); });
  acts_[id] = {.under_way = false, .ended_at = now};
}

bool OwnActs::Explains(const ContainerId& id, std::string_view action, TimePoint now) const {
  const auto found = acts_.find(id);
  if (found == acts_.end() || found->second.IsOver(now)) return false;
  return action == "kill" || action == "stop" || action == "restart" || action == "die" ||
         action == "start";
}

}  // namespace fairlead::controller
