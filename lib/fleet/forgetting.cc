// What a service keeps of containers that are gone, and when that and the service itself are over.
#include <algorithm>

#include "fleet/ledger.h"
#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

bool IsKeptByPerson(const Place& place) {
  return place.intent.kind != IntentKind::kNone;
}

// What its repairs have cost counts so long after the newest of them.
std::optional<TimePoint> ActsForgottenAt(const Place& place) {
  if (place.acts.empty()) return std::nullopt;
  return place.acts.back().entry.permitted_at + kLedgerKept;
}

}  // namespace

// The next time at which something of the service is old enough.
std::optional<TimePoint> Fleet::State::NextForgetting(const Service& service) const {
  std::optional<TimePoint> next;
  const auto consider = [&](std::optional<TimePoint> at) {
    if (at && *at > now_) next = std::min(next.value_or(*at), *at);
  };
  if (service.empty_since) consider(*service.empty_since + kEmptyServiceKept);
  for (const auto& [name, place] : service.places) {
    if (!service.at_place.contains(name) && !IsKeptByPerson(place))
      consider(ActsForgottenAt(place));
  }
  return next;
}

// True when nothing is left of the service.
bool Fleet::State::ForgetWhatIsOver(Service& service) {
  std::erase_if(service.places, [&](const auto& entry) {
    const auto& [name, place] = entry;
    if (service.at_place.contains(name) || IsKeptByPerson(place)) return false;
    const std::optional<TimePoint> at = ActsForgottenAt(place);
    return !at || *at <= now_;
  });
  DropViewWhenLongEmpty(service);
  return service.replicas.empty() && !service.empty_since && service.places.empty();
}

void Fleet::State::DropViewWhenLongEmpty(Service& service) {
  if (!service.empty_since || now_ - *service.empty_since < kEmptyServiceKept) return;
  if (phase_ == Phase::kStale || phase_ == Phase::kStopping) return;
  service.empty_since.reset();
  if (!service.view) return;
  revision_floor_ = std::max(revision_floor_, service.view->revision);
  effects_.views_dropped.push_back(service.name);
  service.view.reset();
  service.adopted.reset();
}

}  // namespace fairlead::fleet
