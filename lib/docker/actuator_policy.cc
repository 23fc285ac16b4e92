#include "docker/actuator_policy.h"

#include <fmt/format.h>

#include "spec/read_labels.h"

namespace fairlead::docker {
namespace {

std::unexpected<Error> NotAllowed(const EngineRequest& request, std::string_view why) {
  return Fail(Code::kPermissionDenied, fmt::format("{}: not allowed: {}", DoingOf(request), why));
}

bool IsOptedIn(const ContainerFacts& facts) {
  return spec::ReadLabels(facts, {}).opted_in;
}

}  // namespace

Result<bool> MayAskAtOnce(const EngineRequest& request, const Grants& grants) {
  switch (request.verb) {
    case Verb::kPing:
    case Verb::kInfo:
    case Verb::kList:
    case Verb::kListRunning:
    case Verb::kEvents:
    // Clients of discovery, who carry no label, are placed by an inspect of theirs.
    case Verb::kInspect:
      return true;
    case Verb::kLogs:
      return false;
    case Verb::kStart:
    case Verb::kStop:
    case Verb::kRestart:
      if (!grants.may_act)
        return NotAllowed(request, "this host only observes (policy.observe_only)");
      return false;
    case Verb::kKill:
      if (request.signal != "SIGHUP") return NotAllowed(request, "no signal but SIGHUP is sent");
      if (grants.hang_up.empty()) return NotAllowed(request, "file_sinks names no container");
      return false;
  }
  return NotAllowed(request, "no such verb");
}

Result<> MayAct(const EngineRequest& request, const ContainerFacts& facts, const Grants& grants) {
  // A name, or the beginning of an id, may be another container's by the time it is used.
  if (facts.id != request.id) return NotAllowed(request, "that is not the id of a container");
  switch (request.verb) {
    case Verb::kKill:
      if (grants.hang_up.contains(facts.name)) return {};
      return NotAllowed(request, "file_sinks does not name this container");
    case Verb::kStart:
    case Verb::kStop:
    case Verb::kRestart:
      if (facts.id == grants.self) return NotAllowed(request, "fairlead itself runs in it");
      [[fallthrough]];
    case Verb::kLogs:
      if (IsOptedIn(facts)) return {};
      return NotAllowed(request, "it does not carry the opt-in label fairlead.enable=true");
    default:
      return NotAllowed(request, "no act on a container");
  }
}

}  // namespace fairlead::docker
