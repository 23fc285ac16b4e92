#include "own_processes.h"

#include <linux/capability.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "docker/actuator.h"
#include "docker/endpoint.h"
#include "netdiag/direct_work.h"
#include "netdiag/namespace_server.h"
#include "self_container.h"
#include "tls_profiles.h"

namespace fairlead::daemon {
namespace {

// As ps shows them: 15 characters at most.
constexpr std::string_view kActuator = "fl-actuator";
constexpr std::string_view kNamespaces = "fl-namespaces";

docker::Grants GrantsOf(const config::Config& config) {
  docker::Grants grants;
  grants.may_act = !config.policy.observe_only;
  for (const config::FileSink& sink : config.file_sinks)
    if (!sink.container.empty()) grants.hang_up.insert(sink.container);
  grants.self = SelfContainer();
  return grants;
}

void WarnUnless(const Result<>& done, std::string_view process, telemetry::Logger& log) {
  if (!done)
    log.Warning("a process of ours keeps what it does not need",
                {{"process", process}, {"reason", done.error().message}});
}

// The actuator's whole life.
int Actuate(int pair, docker::Endpoint endpoint, docker::Grants grants, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kActuator, log);
  // A socket or a key that only its owner may use, where the owner is not us.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}), kActuator,
             log);
  boost::asio::io_context context(1);
  WarnUnless(confine::Install(confine::ActuatorFilter()), kActuator, log);
  boost::asio::co_spawn(
      context, docker::ServeQuestions(context, pair, std::move(endpoint), {}, std::move(grants)),
      [&context](const std::exception_ptr&) { context.stop(); });
  context.run();
  return 0;
}

// The whole life of the process that enters containers' networks.
int EnterNamespaces(int pair, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kNamespaces, log);
  // To open the namespace and the root of another's process; to enter; to reset connections there.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_NET_ADMIN}),
             kNamespaces, log);
  netdiag::DirectWork work;
  WarnUnless(confine::Install(confine::NamespaceFilter()), kNamespaces, log);
  netdiag::ServeNamespaceQuestions(pair, work);
  return 0;
}

// In a keeper.
void TellOfDeath(telemetry::Logger& log, std::string_view what, const std::string& how,
                 Duration pause) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
  log.Warning(what, {{"how", how}, {"in_ms", std::to_string(ms)}});
}

Result<confine::KeptChild> StartActuator(const config::Config& config, telemetry::Logger& log) {
  Result<docker::Endpoint> endpoint = docker::ParseEndpoint(config.engine_endpoint.Text());
  if (!endpoint) return std::unexpected(endpoint.error());
  endpoint->tls = ProfileNamed(config, config.engine_tls);
  return confine::KeptChild::Start(
      {.name = std::string(kActuator),
       .work = [endpoint = *std::move(endpoint), grants = GrantsOf(config),
                &log](int pair) { return Actuate(pair, endpoint, grants, log); },
       .died =
           [&log](const std::string& how, Duration pause) {
             TellOfDeath(log, "the process that asks the engine has ended; another takes its place",
                         how, pause);
           }});
}

}  // namespace

Result<OwnProcesses> OwnProcesses::Start(const config::Config& config, telemetry::Logger& log) {
  Result<confine::KeptChild> actuator = StartActuator(config, log);
  if (!actuator) return std::unexpected(actuator.error());
  Result<confine::KeptChild> namespaces = confine::KeptChild::Start(
      {.name = std::string(kNamespaces),
       .work = [&log](int pair) { return EnterNamespaces(pair, log); },
       .died =
           [&log](const std::string& how, Duration pause) {
             TellOfDeath(
                 log,
                 "the process that enters containers' networks has ended; another takes its place",
                 how, pause);
           }});
  if (!namespaces) return std::unexpected(namespaces.error());
  return OwnProcesses{.actuator = *std::move(actuator), .namespaces = *std::move(namespaces)};
}

std::string_view OwnProcesses::Lost() const {
  if (!actuator.IsKept()) return kActuator;
  if (!namespaces.IsKept()) return kNamespaces;
  return {};
}

void GiveUpRights(telemetry::Logger& log) {
  constexpr std::string_view kProcess = "fairleadd";
  WarnUnless(confine::ForbidNewPrivileges(), kProcess, log);
  WarnUnless(confine::KeepOnlyCapabilities({
                 // Listeners below 1024; files of file_sinks and their reader on the host.
                 CAP_NET_BIND_SERVICE,
                 CAP_CHOWN,
                 CAP_DAC_OVERRIDE,
                 CAP_FOWNER,
                 CAP_KILL,
             }),
             kProcess, log);
}

void GiveUpCalls(const config::Config& config, telemetry::Logger& log) {
  const bool runs_commands = std::ranges::any_of(
      config.file_sinks, [](const config::FileSink& sink) { return !sink.validate.empty(); });
  WarnUnless(confine::Install(confine::NetworkFilter({.commands = !runs_commands})), "fairleadd",
             log);
}

}  // namespace fairlead::daemon
