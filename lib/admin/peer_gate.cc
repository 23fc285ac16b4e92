#include "admin/peer_gate.h"

#include <algorithm>
#include <utility>

namespace fairlead::admin {

PeerGate::PeerGate(Rules rules, Sources sources)
    : rules_(std::move(rules)), sources_(std::move(sources)) {}

bool PeerGate::IsAllowed(const std::string& id) const {
  const auto& allowed = rules_.allow_containers;
  const bool is_named_by_id = std::any_of(allowed.begin(), allowed.end(), [&](const auto& entry) {
    return entry.size() >= kIdPrefixMin && id.starts_with(entry);
  });
  if (is_named_by_id) return true;
  if (allowed.empty() || !sources_.container_name) return false;
  const std::string name = sources_.container_name(id);
  return !name.empty() && allowed.contains(name);
}

Result<> PeerGate::Admit(const runtime::PeerProcess& peer) const {
  if (peer.pid <= 0) {
    return Fail(Code::kPermissionDenied,
                "admit to the admin API: the process cannot be seen; run fairleadd in the host's "
                "PID namespace");
  }
  const Result<std::string> cgroup = sources_.cgroup(peer.pid);
  if (!cgroup) {
    return Fail(
        Code::kPermissionDenied,
        "admit to the admin API: where the process runs cannot be told: " + cgroup.error().message);
  }
  const std::string id = runtime::ContainerIn(*cgroup);
  if (id.empty() || id == rules_.own_container || IsAllowed(id)) return {};
  return Fail(Code::kPermissionDenied,
              "admit to the admin API: container " + id.substr(0, kIdPrefixMin) +
                  " is not in admin.allow_containers; add its name there, or do not mount the "
                  "admin directory into it");
}

}  // namespace fairlead::admin
