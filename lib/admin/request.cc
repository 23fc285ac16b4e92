#include "admin/request.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::admin {
namespace {

constexpr std::string_view kServices = "services/";
constexpr std::string_view kProjects = "projects/";
constexpr std::string_view kReplicas = "/replicas/";
// So many candidates are named in an error about an ambiguous name.
constexpr std::size_t kCandidatesMax = 5;

std::string Quoted(std::string_view text) {
  return "\"" + Printable(text, 100) + "\"";
}

}  // namespace

Result<std::string> ReplicaReference(std::string_view name, std::string_view field) {
  const std::string where(field);
  if (name.empty()) {
    return Fail(Code::kInvalidArgument,
                where +
                    ": is empty; give a replica such as user-service.shop/2, a container name or "
                    "the start of a container id",
                {.subject = where});
  }
  if (name.size() > kNameBytesMax) {
    return Fail(Code::kInvalidArgument, where + ": is longer than 256 bytes", {.subject = where});
  }
  if (!name.starts_with(kServices)) return std::string(name);
  const std::string_view rest = name.substr(kServices.size());
  const std::size_t split = rest.find(kReplicas);
  if (split == std::string_view::npos || split == 0 || split + kReplicas.size() == rest.size()) {
    return Fail(Code::kInvalidArgument,
                where + ": " + Quoted(name) + " is not services/SERVICE/replicas/REPLICA",
                {.subject = where});
  }
  return std::string(rest.substr(0, split)) + "/" +
         std::string(rest.substr(split + kReplicas.size()));
}

Result<std::string> ReplicaOrService(std::string_view name, std::string_view field) {
  const bool is_resource = name.starts_with(kServices) && name.size() <= kNameBytesMax;
  const std::string_view rest = is_resource ? name.substr(kServices.size()) : "";
  if (!rest.empty() && rest.find('/') == std::string_view::npos) return std::string(rest);
  return ReplicaReference(name, field);
}

namespace {

struct Scope {
  fleet::PauseScope scope = fleet::PauseScope::kReplica;
  std::string name;
};

// What a pause is about, or nothing when the name is that of a replica.
std::optional<Scope> ScopeFrom(std::string_view name) {
  if (name == "services/-") return Scope{fleet::PauseScope::kHost, ""};
  for (const auto& [prefix, scope] : {std::pair(kProjects, fleet::PauseScope::kProject),
                                      std::pair(kServices, fleet::PauseScope::kService)}) {
    const std::string_view rest = name.substr(std::min(prefix.size(), name.size()));
    if (name.starts_with(prefix) && !rest.empty() && rest.find('/') == std::string_view::npos)
      return Scope{scope, std::string(rest)};
  }
  return std::nullopt;
}

Result<Scope> TargetOf(const CommandRequest& request) {
  const bool is_pause =
      request.verb == fleet::OperatorVerb::kPause || request.verb == fleet::OperatorVerb::kResume;
  if (is_pause && request.name.size() <= kNameBytesMax) {
    if (auto scope = ScopeFrom(request.name)) return *std::move(scope);
  }
  Result<std::string> replica = ReplicaReference(request.name);
  if (!replica) return std::unexpected(replica.error());
  return Scope{fleet::PauseScope::kReplica, *std::move(replica)};
}

}  // namespace

Result<fleet::OperatorCommand> CommandFrom(const CommandRequest& request) {
  Result<Scope> target = TargetOf(request);
  if (!target) return std::unexpected(target.error());
  if (request.reason.size() > kReasonBytesMax) {
    return Fail(Code::kInvalidArgument, "reason: is longer than 256 bytes", {.subject = "reason"});
  }
  if (request.force && request.reason.empty()) {
    return Fail(Code::kInvalidArgument, "force: needs a reason, for the record",
                {.reason = reasons::kReasonMissing, .subject = "reason"});
  }
  return fleet::OperatorCommand{.command = 0,
                                .verb = request.verb,
                                .replica = std::move(target->name),
                                .actor = request.actor,
                                .reason = Printable(request.reason, kReasonBytesMax * 4),
                                .force = request.force,
                                .scope = target->scope};
}

Result<ServiceReports> ServicesFor(std::string_view parent, ServiceReports all) {
  if (parent.starts_with(kServices)) parent.remove_prefix(kServices.size());
  if (parent.empty() || parent == "-") return all;
  ServiceReports found;
  for (const auto& report : all) {
    if (report->name.Text() == parent) return ServiceReports{report};
    if (report->name.service == parent) found.push_back(report);
  }
  if (found.empty()) {
    return Fail(Code::kNotFound,
                "no service " + Quoted(parent) + "; `fairlead services` lists what there is",
                {.reason = reasons::kNoSuchService, .subject = Printable(parent, 100)});
  }
  if (found.size() > 1) {
    std::string names;
    for (std::size_t i = 0; i < found.size() && i < kCandidatesMax; ++i) {
      names += (i == 0 ? "" : ", ") + Printable(found[i]->name.Text(), 128);
    }
    return Fail(Code::kInvalidArgument,
                Quoted(parent) + " is in more than one project; give one of " + names,
                {.reason = reasons::kAmbiguousName, .subject = "parent"});
  }
  return found;
}

}  // namespace fairlead::admin
