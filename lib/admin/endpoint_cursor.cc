#include "admin/endpoint_cursor.h"

#include <set>
#include <utility>

#include "admin/request.h"

namespace fairlead::admin {
namespace {

pb::ServiceEndpoints Render(const std::string& name, const fleet::ServiceReport& service) {
  pb::ServiceEndpoints out;
  out.set_name(name);
  out.set_revision(service.revision);
  for (const fleet::ReplicaReport& replica : service.replicas) {
    if (!replica.in_rotation || replica.is_standby) continue;
    pb::ServiceEndpoint& endpoint = *out.add_endpoints();
    endpoint.set_replica(replica.name);
    endpoint.set_address(replica.address);
    endpoint.set_priority(replica.priority);
  }
  return out;
}

}  // namespace

EndpointCursor::EndpointCursor(const controller::Control& control, std::string parent)
    : control_(control), parent_(std::move(parent)) {}

Result<std::optional<pb::ServiceEndpoints>> EndpointCursor::Next() {
  Result<ServiceReports> chosen = ServicesFor(parent_, control_.Services());
  if (!chosen && !is_begun_) return std::unexpected(chosen.error());
  is_begun_ = true;
  std::set<std::string> there;
  for (const auto& service : chosen.value_or(ServiceReports())) {
    const std::string name = RenderService(*service).name();
    there.insert(name);
    const auto [told, is_new] = told_.try_emplace(name, service->revision);
    if (!is_new && told->second == service->revision) continue;
    told->second = service->revision;
    return Render(name, *service);
  }
  for (const auto& [name, revision] : told_) {
    if (there.contains(name)) continue;
    pb::ServiceEndpoints gone;
    gone.set_name(name);
    gone.set_revision(revision);
    told_.erase(name);
    return gone;
  }
  return std::nullopt;
}

}  // namespace fairlead::admin
