#include "nameserver/askers.h"

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::nameserver {
namespace {

// Discovery counts its streams from one; a watch is never both.
constexpr std::uint64_t kFirstWatch = std::uint64_t{1} << 63;

}  // namespace

Askers::Askers(boost::asio::any_io_executor loop, NameServerLimits limits,
               xds::ClientLocator& locator, LimitHit limit_hit)
    : loop_(std::move(loop)),
      limits_(limits),
      locator_(locator),
      limit_hit_(std::move(limit_hit)),
      newcomers_(limits.newcomers_per_second),
      last_watch_(kFirstWatch) {}

Askers::Place Askers::PlaceOf(const xds::ClientPlace& place) {
  if (!place.doubt.empty()) return {.standing = Standing::kStranger, .asker = {}};
  return {.standing = Standing::kKnown,
          .asker = {.viewer = place.viewer, .project = place.project}};
}

void Askers::Ask(const std::string& ip, TimePoint now, Then then) {
  if (is_stopped_) return;
  Known* known = Enter(ip, now);
  if (known == nullptr) return limit_hit_(limit::kNewcomers);
  known->asked_at = now;
  const bool is_on_host =
      known->place && known->place->doubt.empty() && known->place->container.empty();
  if (!is_on_host && !known->queries.Take(now)) return limit_hit_(limit::kQueries);
  if (known->place) return then(PlaceOf(*known->place));
  if (waiting_ >= limits_.waiting_max) return limit_hit_(limit::kWaiting);
  ++waiting_;
  known->waiting.push_back(std::move(then));
}

// Nothing when too many come whom nobody knows.
Askers::Known* Askers::Enter(const std::string& ip, TimePoint now) {
  const auto found = known_.find(ip);
  if (found != known_.end()) return &found->second;
  if (!newcomers_.Take(now)) return nullptr;
  if (known_.size() >= limits_.askers_max) {
    Forget(std::ranges::min_element(known_, {},
                                    [](const auto& entry) { return entry.second.asked_at; }));
  }
  Known& known = known_.emplace(ip, limits_.queries_per_second).first->second;
  Watch(ip, known, now);
  return &known;
}

void Askers::Watch(const std::string& ip, Known& known, TimePoint now) {
  known.watch = xds::ClientWatch(++last_watch_);
  known.is_watched = true;
  known.place_at = now;
  locator_.Watch(
      known.watch, {.address = ip},
      [weak = weak_from_this(), loop = loop_, ip, watch = known.watch](xds::ClientPlace place) {
        boost::asio::dispatch(loop, [weak, ip, watch, place = std::move(place)] {
          if (const auto self = weak.lock()) self->OnPlace(ip, watch, place);
        });
      });
}

void Askers::Unwatch(Known& known) {
  if (std::exchange(known.is_watched, false)) locator_.Unwatch(known.watch);
}

void Askers::OnPlace(const std::string& ip, xds::ClientWatch watch, xds::ClientPlace place) {
  const auto found = known_.find(ip);
  if (found == known_.end() || found->second.watch != watch || is_stopped_) return;
  Known& known = found->second;
  known.place = std::move(place);
  known.place_at = runtime::Now();
  // Whoever is nowhere is looked for at each event of the engine while it is watched.
  if (!known.place->doubt.empty()) Unwatch(known);
  Release(known, PlaceOf(*known.place));
}

void Askers::Release(Known& known, const Place& place) {
  std::vector<Then> waiting = std::exchange(known.waiting, {});
  waiting_ -= waiting.size();
  for (const Then& then : waiting) then(place);
}

void Askers::Forget(std::map<std::string, Known>::iterator known) {
  Unwatch(known->second);
  waiting_ -= known->second.waiting.size();
  known_.erase(known);
}

void Askers::Tidy(TimePoint now) {
  for (auto next = known_.begin(); next != known_.end();) {
    const auto entry = next++;
    Known& known = entry->second;
    if (!known.place && now - known.place_at >= limits_.locate_patience)
      Release(known, {.standing = Standing::kUnanswered, .asker = {}});
    const bool is_stranger = known.place && !known.place->doubt.empty();
    const bool is_over = is_stranger ? now - known.place_at >= limits_.stranger_memory
                                     : now - known.asked_at >= limits_.asker_idle;
    if (is_over) Forget(entry);
  }
}

void Askers::Stop() {
  is_stopped_ = true;
  while (!known_.empty()) Forget(known_.begin());
}

}  // namespace fairlead::nameserver
