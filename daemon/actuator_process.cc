#include "actuator_process.h"

#include <linux/capability.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "docker/actuator.h"
#include "docker/endpoint.h"
#include "own_process.h"
#include "self_container.h"
#include "tls_profiles.h"

namespace fairlead::daemon {
namespace {

constexpr OwnProcess kActuator{.name = "fl-actuator", .does = "asks the engine"};

docker::Grants GrantsOf(const config::Config& config) {
  docker::Grants grants;
  grants.may_act = !config.policy.observe_only;
  for (const config::FileSink& sink : config.file_sinks)
    if (!sink.container.empty()) grants.hang_up.insert(sink.container);
  grants.self = SelfContainer();
  return grants;
}

// Its whole life.
int Actuate(int pair, docker::Endpoint endpoint, docker::Grants grants, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kActuator.name, log);
  // A socket or a key that only its owner may use, where the owner is not us.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}), kActuator.name,
             log);
  boost::asio::io_context context(1);
  WarnUnless(confine::Install(confine::ActuatorFilter()), kActuator.name, log);
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
  return StartProcess(
      kActuator,
      [endpoint = *std::move(endpoint), grants = GrantsOf(config), &log](int pair) {
        return Actuate(pair, endpoint, grants, log);
      },
      log);
}

}  // namespace fairlead::daemon
