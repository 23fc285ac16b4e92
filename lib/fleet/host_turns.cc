#include "fleet/host_turns.h"

#include <algorithm>

#include "fleet/limits.h"
#include "fleet/next_time.h"

namespace fairlead::fleet {

int HostTurns::TakenFor(const std::string& project, TimePoint now) const {
  return static_cast<int>(std::ranges::count_if(under_way_, [&](const auto& entry) {
    const Repair& repair = entry.second;
    return repair.project == project || now < repair.began + kPlaceHeldLongest;
  }));
}

std::optional<TimePoint> HostTurns::NextPlaceFor(const std::string& project, TimePoint now) const {
  if (HasPlaceFor(project, now)) return std::nullopt;
  NextTime next(now);
  for (const auto& [container, repair] : under_way_) {
    if (repair.project != project) next.Consider(repair.began + kPlaceHeldLongest);
  }
  return next.at();
}

HostTurns::Rank HostTurns::RankOf(const ServiceName& service) const {
  Rank rank;
  const ServiceName first{.project = service.project, .service = ""};
  for (auto it = last_turns_.lower_bound(first);
       it != last_turns_.end() && it->first.project == service.project; ++it) {
    rank.project = std::max(rank.project, it->second);
    if (it->first == service) rank.service = it->second;
  }
  return rank;
}

void HostTurns::Begin(const ContainerId& container, const ServiceName& service, TimePoint now) {
  last_turns_[service] = next_turn_++;
  under_way_[container] = {.project = service.project, .began = now};
}

}  // namespace fairlead::fleet
