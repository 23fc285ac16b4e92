#include "nameserver/answer_hold.h"

#include <algorithm>

namespace fairlead::nameserver {

void AnswerHold::OnTold(const ServiceName& service, TimePoint now) {
  services_[service].told_at = now;
}

void AnswerHold::OnPublished(const ServiceName& service, std::uint64_t revision, TimePoint now) {
  Service& known = services_[service];
  const TimePoint due = known.told_at ? std::max(now, *known.told_at + answer_life_) : now;
  if (known.pending.size() == kPendingMax) known.pending.pop_back();
  known.pending.push_back({revision, due});
}

std::map<ServiceName, std::uint64_t> AnswerHold::TakeAdopted(TimePoint now) {
  std::map<ServiceName, std::uint64_t> adopted;
  for (auto& [name, service] : services_) {
    while (!service.pending.empty() && service.pending.front().due <= now) {
      adopted[name] = service.pending.front().revision;
      service.pending.pop_front();
    }
  }
  return adopted;
}

std::optional<TimePoint> AnswerHold::Due() const {
  std::optional<TimePoint> due;
  for (const auto& [name, service] : services_) {
    if (service.pending.empty()) continue;
    due = due ? std::min(*due, service.pending.front().due) : service.pending.front().due;
  }
  return due;
}

}  // namespace fairlead::nameserver
