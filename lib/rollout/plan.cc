#include "rollout/plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace fairlead::rollout {
namespace {

// The replicas sorted by what matters for the next step, each by number.
struct Parted {
  std::vector<Replica> stopped_old;  // old, and not running
  std::vector<Replica> old;          // old, and running
  std::vector<Replica> unstarted;    // new, made and never run
  std::vector<Replica> unready;      // new, started, not serving, and not set aside by anybody
  std::vector<Replica> settled;      // new, and serving or set aside
  int total = 0;

  int fresh() const { return static_cast<int>(unstarted.size() + unready.size() + settled.size()); }
};

Parted Part(const Sight& sight, const std::string& revision) {
  std::vector<Replica> sorted = sight.replicas;
  std::ranges::sort(sorted, {}, [](const Replica& r) { return std::tie(r.number, r.id); });
  Parted parted;
  parted.total = static_cast<int>(sorted.size());
  for (Replica& replica : sorted) {
    const bool is_new = replica.revision == revision;
    auto& part = !is_new                ? (replica.is_up ? parted.old : parted.stopped_old)
                 : !replica.has_started ? parted.unstarted
                 : replica.serves || replica.is_set_aside ? parted.settled
                                                          : parted.unready;
    part.push_back(std::move(replica));
  }
  return parted;
}

std::vector<std::string> IdsOf(const std::vector<Replica>& replicas) {
  std::vector<std::string> ids;
  std::ranges::transform(replicas, std::back_inserter(ids), &Replica::id);
  return ids;
}

// First what costs nobody anything, and what an interrupted run has begun with.
const Replica& FirstToGo(const std::vector<Replica>& old) {
  return *std::ranges::min_element(old, {}, [](const Replica& replica) {
    return std::make_tuple(!replica.is_set_aside, replica.serves, replica.number);
  });
}

Step AboutUnready(const Parted& parted, const Patience& patience) {
  if (!patience.is_over_for_new) return AwaitNew{IdsOf(parted.unready)};
  return GiveUp{.ids = IdsOf(parted.unready), .removes = !parted.old.empty()};
}

}  // namespace

Step Next(const Sight& sight, const Goal& goal, const Patience& patience) {
  const Parted parted = Part(sight, goal.revision);
  // Compose would start it again, on its old configuration.
  if (!parted.stopped_old.empty()) return Discard{parted.stopped_old.front().id};
  if (!parted.unready.empty()) return AboutUnready(parted, patience);
  if (!parted.unstarted.empty() && parted.fresh() > goal.replicas)
    return Discard{parted.unstarted.back().id};
  const int missing = goal.replicas - parted.fresh();
  if (!parted.unstarted.empty() || (missing > 0 && parted.total <= goal.replicas)) {
    const int room = goal.replicas + goal.batch - parted.total;
    const int more = std::max(0, std::min(missing, room));
    return StartNew{.total = parted.total + more,
                    .count = more + static_cast<int>(parted.unstarted.size())};
  }
  if (!parted.old.empty()) {
    if (!sight.is_adopted && !patience.is_over_for_adoption) return AwaitAdoption{};
    return Retire{FirstToGo(parted.old).id};
  }
  if (missing < 0) return Retire{parted.settled.back().id};
  return Done{};
}

std::vector<Step> Preview(Sight sight, const Goal& goal) {
  sight.is_adopted = true;
  int number = 0;
  for (const Replica& replica : sight.replicas) number = std::max(number, replica.number);
  std::vector<Step> steps;
  while (true) {
    // A new one that runs will serve.
    for (Replica& replica : sight.replicas)
      replica.serves = replica.serves || (replica.revision == goal.revision && replica.has_started);
    steps.push_back(Next(sight, goal, {}));
    const auto remove = [&](const std::string& id) {
      std::erase_if(sight.replicas, [&](const Replica& replica) { return replica.id == id; });
    };
    if (const auto* start = std::get_if<StartNew>(&steps.back())) {
      for (Replica& replica : sight.replicas) replica.has_started = replica.is_up = true;
      while (static_cast<int>(sight.replicas.size()) < start->total) {
        const std::string made = "new " + std::to_string(++number);
        sight.replicas.push_back(
            {.id = made, .name = made, .number = number, .revision = goal.revision, .is_up = true});
      }
    } else if (const auto* retire = std::get_if<Retire>(&steps.back())) {
      remove(retire->id);
    } else if (const auto* discard = std::get_if<Discard>(&steps.back())) {
      remove(discard->id);
    } else {
      return steps;
    }
  }
}

int ScaledByHand(const Sight& sight, int wanted) {
  std::map<std::string, int> running;
  int most = 0;
  for (const Replica& replica : sight.replicas)
    if (replica.is_up) most = std::max(most, ++running[replica.revision]);
  return most > wanted ? most : 0;
}

}  // namespace fairlead::rollout
