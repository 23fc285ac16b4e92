// What is remembered of somebody's stops whose ends look like crashes (ledger.h, StoppedLife).
#include <vector>

#include "fleet/state.h"

namespace fairlead::fleet {

void Fleet::State::RememberStop(const Generation& generation) {
  std::string& started_at = stopped_lives_[generation.id];
  if (started_at == generation.started_at) return;
  started_at = generation.started_at;
  effects_.records.emplace_back(StoppedLife{.generation = generation, .at = now_});
}

void Fleet::State::ForgetStop(const ContainerId& id) {
  const auto known = stopped_lives_.find(id);
  if (known == stopped_lives_.end()) return;
  effects_.records.emplace_back(
      StoppedLife{.generation = {id, known->second}, .is_withdrawn = true, .at = now_});
  stopped_lives_.erase(known);
}

// With the full list: of containers that went while nobody looked nothing is needed.
void Fleet::State::ForgetStopsOfTheGone() {
  std::vector<ContainerId> gone;
  for (const auto& [id, started_at] : stopped_lives_) {
    if (!Find(id)) gone.push_back(id);
  }
  for (const ContainerId& id : gone) ForgetStop(id);
}

bool Fleet::State::IsKnownStop(const Generation& generation) const {
  const auto known = stopped_lives_.find(generation.id);
  return known != stopped_lives_.end() && known->second == generation.started_at;
}

}  // namespace fairlead::fleet
