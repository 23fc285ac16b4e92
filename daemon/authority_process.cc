#include "authority_process.h"

#include <linux/capability.h>

#include <chrono>
#include <utility>

#include "ca/authority_server.h"
#include "config/service_tls_paths.h"
#include "confine/capabilities.h"
#include "confine/syscall_filter.h"
#include "own_process.h"
#include "runtime/clock.h"
#include "tls_profiles.h"

namespace fairlead::daemon {
namespace {

constexpr OwnProcess kAuthority{.name = "fl-authority",
                                .does = "writes the certificates of services"};

ca::KeeperOptions OptionsOf(const config::Config& config) {
  return {.trust_domain = config.service_tls.trust_domain,
          .dir = config.service_tls.dir,
          .lifetime = std::chrono::floor<std::chrono::seconds>(config.service_tls.lifetime),
          .state_dir = config.state_dir,
          .issuer = ProfileNamed(config, config.service_tls.issuer),
          .bundle_path = config::TrustBundlePath(config).value_or("")};
}

ca::Moment ThisMoment() {
  return {.wall = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
          .time = runtime::Now()};
}

// Its whole life.
int Certify(int pair, const ca::KeeperOptions& options, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kAuthority.name, log);
  WarnUnless(confine::KeepOnlyCapabilities({
                 // A key is its service's user's.
                 CAP_CHOWN,
                 // The directory of the discovery socket and an intermediate's key may be of
                 // another user than us.
                 CAP_DAC_OVERRIDE,
             }),
             kAuthority.name, log);
  WarnUnless(confine::Install(confine::AuthorityFilter()), kAuthority.name, log);
  ca::ServeAuthority(pair, options, ThisMoment);
  return 0;
}

}  // namespace

Result<confine::KeptChild> StartAuthority(const config::Config& config, telemetry::Logger& log) {
  return StartProcess(
      kAuthority,
      [options = OptionsOf(config), &log](int pair) { return Certify(pair, options, log); }, log);
}

}  // namespace fairlead::daemon
