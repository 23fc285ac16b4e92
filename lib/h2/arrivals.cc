#include "h2/arrivals.h"

#include <utility>

#include "base/check.h"

namespace fairlead::h2 {

namespace {
// Else those who have more to come would wait for as long as new ones come.
constexpr int kFreshInARowMax = 8;
}  // namespace

bool Arrivals::Add(Arrival arrival, TimePoint now) {
  CHECK(!is_full());
  const auto place = records_.try_emplace(KeyOf(arrival.peer), limits_).first;
  Record& record = place->second;
  if (IsOffender(record, now) && record.waiting.size() >= limits_.offender_waiting_max)
    return false;
  record.waiting.push_back(std::move(arrival));
  ++waiting_;
  if (record.waiting.size() == 1) Queue(place, now, fresh_);
  return true;
}

void Arrivals::Queue(Records::iterator place, TimePoint now, std::deque<Records::iterator>& ready) {
  const Record& record = place->second;
  if (IsOffender(record, now) && now < record.next_begin_at) {
    paced_until_.emplace(record.next_begin_at, place);
    ++paced_;
  } else {
    ready.push_back(place);
  }
}

Arrivals::Records::iterator Arrivals::TakeReady() {
  const bool is_fresh = !fresh_.empty() && (ready_.empty() || fresh_in_a_row_ < kFreshInARowMax);
  fresh_in_a_row_ = is_fresh ? fresh_in_a_row_ + 1 : 0;
  std::deque<Records::iterator>& from = is_fresh ? fresh_ : ready_;
  const auto place = from.front();
  from.pop_front();
  return place;
}

std::optional<Arrival> Arrivals::Next(TimePoint now) {
  while (!paced_until_.empty() && paced_until_.begin()->first <= now) {
    ready_.push_back(paced_until_.begin()->second);
    paced_until_.erase(paced_until_.begin());
  }
  if (fresh_.empty() && ready_.empty()) return std::nullopt;
  const auto place = TakeReady();
  Record& record = place->second;
  Arrival next = std::move(record.waiting.front());
  record.waiting.pop_front();
  --waiting_;
  record.next_begin_at = now + limits_.offender_pace;
  if (!record.waiting.empty())
    Queue(place, now, ready_);
  else if (!record.calm_at || *record.calm_at <= now)
    records_.erase(place);
  return next;
}

std::optional<TimePoint> Arrivals::DueAt() const {
  if (!fresh_.empty() || !ready_.empty()) return TimePoint::min();
  if (paced_until_.empty()) return std::nullopt;
  return paced_until_.begin()->first;
}

bool Arrivals::Offended(const Peer& peer, TimePoint now) {
  const std::string key = KeyOf(peer);
  auto place = records_.find(key);
  if (place == records_.end()) {
    if (records_.size() >= limits_.offenders_max) ForgetCalm(now);
    if (records_.size() >= limits_.offenders_max) return false;
    place = records_.try_emplace(key, limits_).first;
  }
  Record& record = place->second;
  record.calm_at = now + limits_.offender_term;
  if (!record.offences.Spend(1, now)) record.slow_until = record.calm_at;
  return IsOffender(record, now);
}

void Arrivals::ForgetCalm(TimePoint now) {
  std::erase_if(records_, [now](const auto& entry) {
    const Record& record = entry.second;
    return record.waiting.empty() && record.calm_at && *record.calm_at <= now;
  });
}

}  // namespace fairlead::h2
