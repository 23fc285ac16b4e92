// A cascade: what stands on a container's life is restarted after it.
//
// Who stands on it: whoever lives in its network namespace, which a restart of the owner leaves
// behind without a network, and whoever's depends_on says `restart: true` of its Compose service.
// Only where the ground's own repair.cascade says so: each link of a chain by its own label, and a
// circle of such links counts for none of them. Nobody is touched who is not managed.
// Why derived: a follower that started before the life that an act of ours gave its ground is to be
// restarted. The engine's start times say so; so a daemon that is killed midway forgets nothing and
// repeats nothing: what it had begun to do to the ground is settled at the next start, by when the
// ground's last life ended (observe.cc). Order: the ground is ready first. Cost: each follower pays
// from its own budget.
#include <algorithm>
#include <vector>

#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

bool HasEdge(const Replica& follower, const Replica& ground) {
  if (!ground.spec.repair.cascade || follower.facts.id == ground.facts.id) return false;
  if (NamespaceOwner(follower.facts) == ground.facts.id) return true;
  const spec::ComposeTies& ties = follower.spec.ties;
  return !ties.project.empty() && ties.project == ground.spec.ties.project &&
         std::ranges::find(ties.restarts_after, ground.spec.ties.service) !=
             ties.restarts_after.end();
}

bool HasComparableStart(const Replica& replica) {
  return !replica.is_start_doubtful && replica.facts.started_ns > 0;
}

// The follower's life is the older one: by the engine's stamps, or, where its clock was set between
// them, by when we saw them first.
bool IsOlder(const Replica& follower, const Replica& ground) {
  const Duration apart = ground.life_seen_at - follower.life_seen_at;
  if (apart < -kLivesToldApart) return false;
  if (!HasComparableStart(follower) || !HasComparableStart(ground)) return apart > kLivesToldApart;
  return follower.facts.started_ns < ground.facts.started_ns;
}

}  // namespace

void Fleet::State::NoteCascade(const Replica& replica) {
  if (replica.spec.repair.cascade) {
    cascading_.insert(replica.facts.id);
  } else {
    cascading_.erase(replica.facts.id);
  }
}

bool Fleet::State::IsCircle(const Replica& follower, const Replica& ground) const {
  if (!follower.spec.repair.cascade) return false;
  std::set<ContainerId> seen;
  std::vector<const Replica*> open{&ground};
  while (!open.empty()) {
    const Replica& here = *open.back();
    open.pop_back();
    for (const ContainerId& id : cascading_) {
      const Replica& next = services_.at(index_.at(id)).replicas.at(id);
      if (!HasEdge(here, next) || !seen.insert(id).second) continue;
      if (id == follower.facts.id) return true;
      open.push_back(&next);
    }
  }
  return false;
}

// The first ground of `follower` of which `holds` is true; null for none.
const Replica* Fleet::State::GroundOf(const Replica& follower,
                                      bool (*holds)(const Replica&, const Replica&)) const {
  for (const ContainerId& id : cascading_) {
    const Replica& ground = services_.at(index_.at(id)).replicas.at(id);
    if (HasEdge(follower, ground) && holds(follower, ground) && !IsCircle(follower, ground))
      return &ground;
  }
  return nullptr;
}

const Replica* Fleet::State::RestartedGround(const Replica& follower) const {
  return GroundOf(follower, [](const Replica& one, const Replica& ground) {
    return ground.is_repaired_life && IsOlder(one, ground) && !ground.act && ground.ready_since;
  });
}

const Replica* Fleet::State::MovingGround(const Replica& follower) const {
  return GroundOf(follower, [](const Replica&, const Replica& ground) { return bool(ground.act); });
}

// Its network goes, or is gone, with a ground that is restarted.
bool Fleet::State::IsStranded(const Replica& replica) const {
  const auto owner = NamespaceOwner(replica.facts);
  if (!owner || !cascading_.contains(*owner)) return false;
  const Replica& ground = services_.at(index_.at(*owner)).replicas.at(*owner);
  return ground.act || (ground.is_repaired_life && IsOlder(replica, ground));
}

void Fleet::State::TouchFollowers(const Replica& ground) {
  if (!ground.spec.repair.cascade) return;
  TouchNamespaceSharers(ground.facts.id);
  for (const auto& [name, service] : services_) {
    const bool follows = std::ranges::any_of(
        service.replicas, [&](const auto& entry) { return HasEdge(entry.second, ground); });
    if (follows) dirty_.insert(name);
  }
}

// An owner may wait until those who live in its namespace are out.
void Fleet::State::TouchNamespaceOwners(const Service& service) {
  if (cascading_.empty()) return;
  for (const auto& [id, replica] : service.replicas) {
    const auto owner = NamespaceOwner(replica.facts);
    if (owner && cascading_.contains(*owner)) dirty_.insert(index_.at(*owner));
  }
}

// Whether a sharer of the namespace would not be left without a network for good.
bool Fleet::State::IsRestartedAlong(const ContainerId& sharer, const Replica& owner) const {
  const auto named = index_.find(sharer);
  const bool is_stopped = owner.wish && owner.wish->kind == ActKind::kStop;  // there is no along
  if (named == index_.end() || !owner.spec.repair.cascade || is_stopped) return false;
  return services_.at(named->second).replicas.at(sharer).spec.repair.mode ==
         spec::RepairMode::kRestart;
}

// Callers of those who live in the owner's namespace lose their calls with it: they drain as well.
// One that is paused holds its network as one that runs.
bool Fleet::State::AreLodgersOut(const Replica& owner) const {
  const auto sharers = namespace_sharers_.find(owner.facts.id);
  const bool has_lodgers = owner.spec.repair.cascade && sharers != namespace_sharers_.end();
  const bool holds_network = owner.is_running() || owner.presence() == Presence::kPaused;
  if (!has_lodgers || !holds_network) return true;
  return std::ranges::all_of(sharers->second, [&](const ContainerId& id) {
    const auto named = index_.find(id);
    if (named == index_.end()) return true;
    const Service& service = services_.at(named->second);
    const Replica& lodger = service.replicas.at(id);
    return !lodger.spec.routable || !lodger.is_running() || HasNothingToWaitFor(service, lodger);
  });
}

}  // namespace fairlead::fleet
