#include "own_processes.h"

#include <linux/capability.h>

#include <utility>

#include "actuator_process.h"
#include "authority_process.h"
#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "file_process.h"
#include "namespace_process.h"
#include "own_process.h"
#include "sink_process.h"

namespace fairlead::daemon {
namespace {

constexpr std::string_view kDaemon = "fairleadd";

}  // namespace

Result<OwnProcesses> OwnProcesses::Start(const config::Config& config,
                                         const std::string& config_file, telemetry::Logger& log) {
  Result<confine::KeptChild> actuator = StartActuator(config, log);
  if (!actuator) return std::unexpected(actuator.error());
  Result<confine::KeptChild> namespaces = StartNamespaces(log);
  if (!namespaces) return std::unexpected(namespaces.error());
  Result<confine::KeptChild> files = StartFiles(NamedFiles(config, config_file), log);
  if (!files) return std::unexpected(files.error());
  Result<confine::KeptChild> authority = StartAuthority(config, log);
  if (!authority) return std::unexpected(authority.error());
  OwnProcesses processes{.actuator = *std::move(actuator),
                         .namespaces = *std::move(namespaces),
                         .authority = *std::move(authority),
                         .files = *std::move(files),
                         .sinks = std::nullopt};
  if (!config.file_sinks.empty()) {
    Result<confine::KeptChild> sinks = StartSinks(config, log);
    if (!sinks) return std::unexpected(sinks.error());
    processes.sinks.emplace(*std::move(sinks));
  }
  return processes;
}

std::string_view OwnProcesses::Lost() const {
  if (sinks && !sinks->IsKept()) return sinks->name();
  for (const confine::KeptChild* child : {&actuator, &namespaces, &authority, &files})
    if (!child->IsKept()) return child->name();
  return {};
}

void GiveUpRights(telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kDaemon, log);
  // Listeners below 1024.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_NET_BIND_SERVICE}), kDaemon, log);
}

void GiveUpCalls(telemetry::Logger& log) {
  WarnUnless(confine::Install(confine::NetworkFilter()), kDaemon, log);
}

}  // namespace fairlead::daemon
