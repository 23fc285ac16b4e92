#include "own_processes.h"

#include <linux/capability.h>

#include <algorithm>
#include <utility>

#include "actuator_process.h"
#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "file_process.h"
#include "namespace_process.h"
#include "own_process.h"

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
  return OwnProcesses{.actuator = *std::move(actuator),
                      .namespaces = *std::move(namespaces),
                      .files = *std::move(files)};
}

std::string_view OwnProcesses::Lost() const {
  for (const confine::KeptChild* child : {&actuator, &namespaces, &files})
    if (!child->IsKept()) return child->name();
  return {};
}

void GiveUpRights(telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kDaemon, log);
  WarnUnless(confine::KeepOnlyCapabilities({
                 // Listeners below 1024; files of file_sinks and their reader on the host.
                 CAP_NET_BIND_SERVICE,
                 CAP_CHOWN,
                 CAP_DAC_OVERRIDE,
                 CAP_FOWNER,
                 CAP_KILL,
             }),
             kDaemon, log);
}

void GiveUpCalls(const config::Config& config, telemetry::Logger& log) {
  const bool runs_commands = std::ranges::any_of(
      config.file_sinks, [](const config::FileSink& sink) { return !sink.validate.empty(); });
  WarnUnless(confine::Install(confine::NetworkFilter({.commands = !runs_commands})), kDaemon, log);
}

}  // namespace fairlead::daemon
