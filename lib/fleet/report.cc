// Reports: what people see of the core, as detached values.
#include "fleet/report.h"

#include "fleet/state.h"
#include "spec/diagnostic_codes.h"

namespace fairlead::fleet {

std::vector<ServiceName> Fleet::State::services() const {
  std::vector<ServiceName> names;
  for (const auto& [name, service] : services_) {
    if (!service.replicas.empty() || service.view) names.push_back(name);
  }
  return names;
}

std::optional<ServiceReport> Fleet::State::Report(const ServiceName& name) const {
  const auto found = services_.find(name);
  if (found == services_.end() || (found->second.replicas.empty() && !found->second.view))
    return std::nullopt;
  const Service& service = found->second;
  ServiceReport report;
  report.name = name;
  report.adopted_revision = service.adopted;
  if (service.view) report.revision = service.view->revision;
  const Replica* newest = service.newest();
  if (newest) {
    report.port = newest->spec.port;
    report.available_minimum = MinAvailable(service, newest->spec.repair);
  } else if (service.view) {
    report.port = service.view->port;
  }
  std::map<std::string, ReplicaReport> by_name;
  for (const auto& [id, rotation] : RotationsOf(service)) {
    const Replica& replica = service.replicas.at(id);
    ReplicaReport one = ReportOf(service, replica, rotation);
    report.in_rotation += rotation.is_in && replica.spec.routable ? 1 : 0;
    by_name.emplace(one.name + "\n" + id.value, std::move(one));
  }
  for (auto& [key, one] : by_name) report.replicas.push_back(std::move(one));
  return report;
}

ReplicaReport Fleet::State::ReportOf(const Service& service, const Replica& replica,
                                     const Rotation& rotation) const {
  const ShownReplica shown = ShownNow(service, replica, rotation);
  ReplicaReport report;
  report.name = replica.name;
  report.generation = replica.generation();
  report.container_name = replica.facts.name;
  report.image = replica.facts.image;
  if (const auto ip = ReachOfReplica(replica).ip()) {
    const bool is_v6 = ip->find(':') != std::string::npos;
    report.address = (is_v6 ? "[" + *ip + "]" : *ip) + ":" + std::to_string(replica.spec.port);
  }
  if (const spec::TlsSpec& tls = replica.spec.traffic.tls; tls.is_on()) {
    report.tls = tls.mode == spec::TlsMode::kStrict ? "strict" : "permissive";
  }
  report.presence = shown.presence;
  report.readiness = shown.readiness;
  report.liveness = shown.liveness;
  report.intent = shown.intent;
  report.repair = shown.repair;
  report.in_rotation = rotation.is_in;
  report.out_reason = rotation.reason;
  report.is_panic = rotation.is_panic;
  report.is_standby = rotation.takers.has_value();
  report.priority = replica.spec.priority;
  report.rotation_since = replica.rotation_since;
  report.last_check = replica.health.last();
  report.last_check_at = replica.health.last_at();
  if (const Place* place = service.place_of(replica)) {
    report.restarts_in_window = place->budget.SpentInWindow(replica.spec.repair, now_);
  }
  report.last_cause = replica.last_cause;
  report.departure = replica.departure.Code();
  report.departure_evidence = replica.departure_evidence;
  report.pauses = pauses_.Over(service.name, replica.place);
  return report;
}

std::vector<ContainerDiagnostics> Fleet::State::Diagnostics() const {
  std::vector<ContainerDiagnostics> all;
  for (const auto& [id, known] : known_) {
    ContainerDiagnostics one{
        .id = id, .container_name = known.facts.name, .diagnostics = known.diagnostics};
    const auto named = index_.find(id);
    const Service* service = named == index_.end() ? nullptr : &services_.at(named->second);
    if (service) {
      const Replica& replica = service->replicas.at(id);
      if (auto way = WayDiagnostic(replica, ReachOfReplica(replica)))
        one.diagnostics.push_back(std::move(*way));
    }
    if (service && service->replicas.at(id).health.refuses_transport()) {
      one.diagnostics.push_back(
          {.severity = spec::Severity::kWarning,
           .code = std::string(spec::codes::kPingRefused),
           .subject = "fairlead.health.ping",
           .message = "its server ends a connection whose transport is asked how it is, so only "
                      "checks are",
           .hint = "fairlead.health.ping=0 leaves it out from the start"});
    }
    if (service && service->replicas.at(id).health.is_liveness_name_unknown()) {
      one.diagnostics.push_back(
          {.severity = spec::Severity::kWarning,
           .code = std::string(spec::codes::kLivenessNameUnknown),
           .subject = "fairlead.liveness.service",
           .message = "its server knows no such health name, so nothing is repaired because of it",
           .hint = "register the name with the server's health service, or remove the label"});
    }
    if (service && service->traffic_differs.contains(id)) {
      one.diagnostics.push_back(
          {.severity = spec::Severity::kWarning,
           .code = "traffic-differs",
           .subject = "fairlead.*",
           .message = "port, policy, timeout or retry differ from the newest container's",
           .hint = "give all containers of " + named->second.Text() + " the same labels"});
    }
    if (!one.diagnostics.empty()) all.push_back(std::move(one));
  }
  return all;
}

}  // namespace fairlead::fleet
