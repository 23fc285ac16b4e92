#include "health/schedule.h"

#include <algorithm>

#include "base/check.h"
#include "base/rng.h"

namespace fairlead::health {

namespace {
constexpr int kPhasesMin = 50;
constexpr Duration kPhaseGapMax = std::chrono::milliseconds(10);
}  // namespace

Duration PhaseOf(std::string_view container_id, Duration interval) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  for (const char c : container_id)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  // FNV's high bits are weak for short ids; one round of mixing makes Below() even.
  const auto phase =
      static_cast<Duration::rep>(Rng(hash).Below(static_cast<std::uint64_t>(interval.count())));
  const Duration gap = std::clamp(interval / kPhasesMin, Duration(1), kPhaseGapMax);
  return phase / gap.count() * gap;
}

int TurnsPerInterval(Duration interval, Duration ping, Duration least) {
  if (ping <= Duration::zero()) return 1;
  const auto wanted = (interval + ping - Duration(1)) / ping;
  return static_cast<int>(std::max<Duration::rep>(1, std::min(wanted, interval / least)));
}

Schedule::Schedule(const ProberLimits& limits)
    : gap_(limits.first_check_gap),
      head_start_(limits.first_check_gap * (limits.first_checks_at_once - 1)) {}

TimePoint Schedule::FirstCheck(TimePoint now) {
  budget_ = std::max(budget_, now - head_start_);
  const TimePoint when = std::max(now, budget_);
  budget_ += gap_;
  return when;
}

TimePoint Schedule::TurnAfter(const Rhythm& rhythm, TimePoint when) {
  const Duration since = when.time_since_epoch() - rhythm.phase;
  if (since.count() < 0) return TimePoint(rhythm.phase);
  const Duration check = since / rhythm.interval * rhythm.interval;
  // Multiplied before it is divided: no turn drifts against the checks.
  const auto at = [&](Duration::rep turn) { return turn * rhythm.interval / rhythm.turns; };
  const auto turn = (since - check) * rhythm.turns / rhythm.interval + 1;
  // A turn that was rounded down to whole nanoseconds is not followed by itself.
  const Duration next = check + at(turn) > since ? at(turn) : at(turn + 1);
  return TimePoint(rhythm.phase + check + next);
}

TimePoint Schedule::CheckUntil(const Rhythm& rhythm, TimePoint when) {
  const Duration since = when.time_since_epoch() - rhythm.phase;
  return TimePoint(rhythm.phase + since / rhythm.interval * rhythm.interval);
}

void Schedule::Begin(TargetKey key, Rhythm rhythm, TimePoint now) {
  CHECK(rhythm.interval > Duration::zero() && rhythm.turns >= 1);
  const TimePoint first = FirstCheck(now);
  // The turn that follows the first check closely would only ask the same again.
  const TimePoint regular = TurnAfter(rhythm, first + rhythm.interval / rhythm.turns / 2);
  const auto [entry, is_new] =
      entries_.emplace(key, Entry{.rhythm = rhythm, .regular = regular, .soon = first});
  CHECK(is_new);
  order_.emplace(entry->second.due(), key);
}

void Schedule::End(TargetKey key) {
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  order_.erase({entry->second.due(), key});
  entries_.erase(entry);
}

void Schedule::CheckSoon(TargetKey key, TimePoint when) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (when < entry.left_alone_until) return;
  order_.erase({entry.due(), key});
  entry.soon = entry.soon ? std::min(*entry.soon, when) : when;
  order_.emplace(entry.due(), key);
}

void Schedule::LeaveAlone(TargetKey key, TimePoint until) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  order_.erase({entry.due(), key});
  entry.left_alone_until = until;
  if (entry.soon && *entry.soon < until) entry.soon.reset();
  entry.regular = std::max(entry.regular, TurnAfter(entry.rhythm, until));
  order_.emplace(entry.due(), key);
}

std::optional<TimePoint> Schedule::next() const {
  if (order_.empty()) return {};
  return order_.begin()->first;
}

std::optional<Schedule::Turn> Schedule::PopDue(TimePoint now) {
  if (order_.empty() || order_.begin()->first > now) return {};
  const TargetKey key = order_.begin()->second;
  auto place = order_.extract(order_.begin());
  Entry& entry = entries_.find(key)->second;
  const bool is_asked_for = entry.soon && *entry.soon <= now;
  if (is_asked_for) entry.soon.reset();
  bool is_regular = false;
  if (entry.regular <= now) {
    is_regular = CheckUntil(entry.rhythm, now) >= entry.regular;
    entry.regular = TurnAfter(entry.rhythm, now);
  }
  // Its next turn is an interval away, so behind all others as a rule.
  place.value().first = entry.due();
  order_.insert(order_.end(), std::move(place));
  return Turn{
      .key = key, .is_check = is_regular || is_asked_for, .is_extra = is_asked_for && !is_regular};
}

}  // namespace fairlead::health
