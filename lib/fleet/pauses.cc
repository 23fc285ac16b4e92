#include "fleet/pauses.h"

#include <utility>

namespace fairlead::fleet {

Pauses::Key Pauses::KeyOf(const Pause& pause) {
  return {pause.scope, pause.service.project, pause.service.service, pause.replica};
}

bool Pauses::Set(Pause pause) {
  const Key key = KeyOf(pause);
  if (pauses_.size() >= kPausesMax && !pauses_.contains(key)) return false;
  pauses_.insert_or_assign(key, std::move(pause));
  return true;
}

bool Pauses::Withdraw(const Pause& pause) {
  return pauses_.erase(KeyOf(pause)) == 1;
}

std::vector<Pause> Pauses::Over(const ServiceName& service, const std::string& place) const {
  std::vector<Pause> found;
  if (pauses_.empty()) return found;
  const Key covering[] = {
      {PauseScope::kHost, "", "", ""},
      {PauseScope::kProject, service.project, "", ""},
      {PauseScope::kService, service.project, service.service, ""},
      {PauseScope::kReplica, service.project, service.service, place},
  };
  for (const Key& key : covering) {
    if (const auto pause = pauses_.find(key); pause != pauses_.end())
      found.push_back(pause->second);
  }
  return found;
}

std::vector<Pause> Pauses::all() const {
  std::vector<Pause> all;
  for (const auto& [key, pause] : pauses_) all.push_back(pause);
  return all;
}

}  // namespace fairlead::fleet
