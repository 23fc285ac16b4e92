#include "controller/own_acts.h"

namespace fairlead::controller {

bool OwnActs::Explains(const ContainerId& id, std::string_view action, TimePoint now) {
  const auto found = acts_.find(id);
  if (found == acts_.end()) return false;
  if (!found->second.under_way && now - found->second.ended_at > kEchoWindow) {
    acts_.erase(found);
    return false;
  }
  return action == "kill" || action == "stop" || action == "restart" || action == "die" ||
         action == "start";
}

}  // namespace fairlead::controller
