// What a service keeps of containers that are gone, and when that and the service itself are over.
#include <algorithm>

#include "fleet/ledger.h"
#include "fleet/limits.h"
#include "fleet/next_time.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

// When a place has had its time: nothing while somebody is there or a person wants it kept. What
// its repairs have cost counts so long after the newest of them.
std::optional<TimePoint> OverAt(const Service& service, const std::string& name,
                                const Place& place) {
  if (service.at_place.contains(name) || place.intent.kind != IntentKind::kNone)
    return std::nullopt;
  return place.acts.empty() ? TimePoint() : place.acts.back().entry.permitted_at + kLedgerKept;
}

}  // namespace

// The next time at which something of the service is old enough.
std::optional<TimePoint> Fleet::State::NextForgetting(const Service& service) const {
  NextTime next(now_);
  if (service.empty_since) next.Consider(*service.empty_since + kEmptyServiceKept);
  for (const auto& [name, place] : service.places) next.Consider(OverAt(service, name, place));
  return next.at();
}

// True when nothing is left of the service.
bool Fleet::State::ForgetWhatIsOver(Service& service) {
  std::erase_if(service.places, [&](const auto& entry) {
    const std::optional<TimePoint> at = OverAt(service, entry.first, entry.second);
    return at && *at <= now_;
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
