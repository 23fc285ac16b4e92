// Views: what clients are told, and when they have taken it.
#include <algorithm>

#include <fmt/format.h>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {
namespace {

bool HasLeftForSure(const Service& service, const Replica& replica) {
  const IntentKind intent = service.intent_of(replica);
  return replica.is_process_gone() || replica.health.is_refused_after_close() ||
         intent == IntentKind::kDrained;
}

}  // namespace

void Fleet::State::Publish(Service& service) {
  const Replica* newest = service.newest();
  if (!has_served_ || phase_ == Phase::kStopping || (!newest && !service.view)) return;
  if (phase_ == Phase::kStale && !service.view) return;
  const bool is_frozen = phase_ == Phase::kStale;
  auto view = std::make_shared<ServiceView>();
  view->name = service.name;
  if (newest && !is_frozen) {
    view->port = newest->spec.port;
    view->traffic = newest->spec.traffic;
  } else {
    view->port = service.view->port;
    view->traffic = service.view->traffic;
  }
  if (is_frozen) {
    view->endpoints = FrozenEndpoints(service);
  } else {
    for (const auto& [id, rotation] : RotationsOf(service, service.is_panic)) {
      const Replica& replica = service.replicas.at(id);
      if (!rotation.is_in || !replica.spec.routable) continue;
      view->endpoints.push_back(
          EndpointOf(replica, ReachOfReplica(replica), rotation.is_doubtful()));
    }
    std::sort(view->endpoints.begin(), view->endpoints.end(),
              [](const Endpoint& left, const Endpoint& right) {
                return std::tie(left.replica, left.generation) <
                       std::tie(right.replica, right.generation);
              });
  }
  if (service.view && view->SameContent(*service.view)) return;
  view->revision = (service.view ? service.view->revision : revision_floor_) + 1;
  service.view = std::move(view);
  effects_.views.push_back(service.view);
  MarkAbsences(service);
  AddNote(
      NoteKind::kViewPublished, service, nullptr, "view",
      fmt::format("{}: list {} has {} of {} replicas", service.name.Text(), service.view->revision,
                  service.view->endpoints.size(), service.replicas.size()));
}

// While the engine is away its list stays as it was, but for what is gone for sure.
std::vector<Endpoint> Fleet::State::FrozenEndpoints(const Service& service) const {
  std::vector<Endpoint> kept;
  for (const Endpoint& endpoint : service.view->endpoints) {
    const auto found = service.replicas.find(endpoint.generation.id);
    const bool is_known =
        found != service.replicas.end() && found->second.generation() == endpoint.generation;
    if (is_known && !HasLeftForSure(service, found->second)) kept.push_back(endpoint);
    // A container that a list of the returning engine no longer has is gone for sure, too.
  }
  return kept;
}

// Remembers, for every replica, since which revision callers are not told about it.
void Fleet::State::MarkAbsences(Service& service) {
  std::set<ContainerId> present;
  for (const Endpoint& endpoint : service.view->endpoints) present.insert(endpoint.generation.id);
  for (auto& [id, replica] : service.replicas) {
    if (present.contains(id)) {
      replica.absent_since.reset();
    } else if (!replica.absent_since) {
      replica.absent_since = service.view->revision;
      replica.absent_at = now_;
    }
  }
}

// Nobody is told about it, and everybody knows. What is no member of a service was never told.
bool Fleet::State::IsAdoptedWithout(const Service& service, const Replica& replica) const {
  if (!replica.spec.routable) return true;
  return service.view && replica.absent_since && service.adopted &&
         *service.adopted >= *replica.absent_since;
}

void Fleet::State::NoteTrafficDifferences(Service& service) {
  const Replica* newest = service.newest();
  std::set<ContainerId> differing;
  for (const auto& [id, replica] : service.replicas) {
    if (!replica.spec.routable) continue;
    const bool is_equal =
        replica.spec.traffic == newest->spec.traffic && replica.spec.port == newest->spec.port;
    if (!is_equal) differing.insert(id);
  }
  if (differing == service.traffic_differs) return;
  for (const ContainerId& id : differing) {
    if (service.traffic_differs.contains(id)) continue;
    const Replica& replica = service.replicas.at(id);
    AddNote(NoteKind::kDiagnostic, service, &replica, "traffic-differs",
            fmt::format("{} asks for another port, policy, timeout or retry than {}, the newest; "
                        "the newest wins",
                        replica.name, newest->name));
  }
  service.traffic_differs = std::move(differing);
}

}  // namespace fairlead::fleet
