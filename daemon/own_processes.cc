#include "own_processes.h"

#include <linux/capability.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "docker/actuator.h"
#include "docker/endpoint.h"
#include "self_container.h"
#include "tls_profiles.h"

namespace fairlead::daemon {
namespace {

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
  constexpr std::string_view kProcess = "actuator";
  WarnUnless(confine::ForbidNewPrivileges(), kProcess, log);
  // A socket or a key that only its owner may use, where the owner is not us.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}), kProcess, log);
  boost::asio::io_context context(1);
  WarnUnless(confine::Install(confine::ActuatorFilter()), kProcess, log);
  boost::asio::co_spawn(
      context, docker::ServeQuestions(context, pair, std::move(endpoint), {}, std::move(grants)),
      [&context](const std::exception_ptr&) { context.stop(); });
  context.run();
  return 0;
}

}  // namespace

Result<confine::KeptChild> StartActuator(const config::Config& config, telemetry::Logger& log) {
  Result<docker::Endpoint> endpoint = docker::ParseEndpoint(config.engine_endpoint.Text());
  if (!endpoint) return std::unexpected(endpoint.error());
  endpoint->tls = ProfileNamed(config, config.engine_tls);
  return confine::KeptChild::Start(
      {.name = "fl-actuator",
       .work = [endpoint = *std::move(endpoint), grants = GrantsOf(config),
                &log](int pair) { return Actuate(pair, endpoint, grants, log); },
       .died =
           [&log](const std::string& how, Duration pause) {
             const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
             log.Warning("the process that asks the engine has ended; another takes its place",
                         {{"how", how}, {"in_ms", std::to_string(ms)}});
           }});
}

void GiveUpRights(telemetry::Logger& log) {
  constexpr std::string_view kProcess = "fairleadd";
  WarnUnless(confine::ForbidNewPrivileges(), kProcess, log);
  WarnUnless(confine::KeepOnlyCapabilities({
                 // Looks into containers' networks, and resets there (lib/netdiag).
                 CAP_SYS_ADMIN,
                 CAP_SYS_PTRACE,
                 CAP_NET_ADMIN,
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
  WarnUnless(
      confine::Install(confine::NetworkFilter({.commands = !runs_commands, .namespaces = false})),
      "fairleadd", log);
}

}  // namespace fairlead::daemon
