#include "file_process.h"

#include <linux/capability.h>

#include <utility>

#include "config/service_tls_paths.h"
#include "confine/capabilities.h"
#include "confine/named_files.h"
#include "confine/syscall_filter.h"
#include "own_process.h"

namespace fairlead::daemon {
namespace {

constexpr OwnProcess kFiles{.name = "fl-files", .does = "opens the files that are named"};

// Its whole life.
int OpenFiles(int pair, const std::set<std::string>& names, telemetry::Logger& log) {
  WarnUnless(confine::ForbidNewPrivileges(), kFiles.name, log);
  // Files that only their owner may read, where the owner is not us.
  WarnUnless(confine::KeepOnlyCapabilities({CAP_DAC_READ_SEARCH}), kFiles.name, log);
  WarnUnless(confine::Install(confine::NamedFilesFilter()), kFiles.name, log);
  confine::ServeNamedFiles(pair, names);
  return 0;
}

}  // namespace

std::set<std::string> NamedFiles(const config::Config& config, const std::string& config_file) {
  std::set<std::string> names = {config_file};
  for (const auto& [name, profile] : config.tls_profiles)
    names.insert({profile.cert, profile.key, profile.ca});
  const config::ServiceTlsFiles checker = config::CheckerTlsPaths(config);
  names.insert({checker.cert, checker.key, checker.ca});
  for (const auto& [name, path] : config.gateway.descriptors) names.insert(path);
  for (const config::Webhook& hook : config.webhooks) names.insert(hook.secret_file);
  names.erase("");
  return names;
}

Result<confine::KeptChild> StartFiles(std::set<std::string> names, telemetry::Logger& log) {
  return StartProcess(
      kFiles, [names = std::move(names), &log](int pair) { return OpenFiles(pair, names, log); },
      log);
}

}  // namespace fairlead::daemon
