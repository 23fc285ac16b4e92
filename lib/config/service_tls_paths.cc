#include "config/service_tls_paths.h"

#include <fmt/format.h>

namespace fairlead::config {
namespace {

ServiceTlsFiles FilesIn(const std::string& directory) {
  return {
      .cert = directory + "/tls.crt", .key = directory + "/tls.key", .ca = directory + "/ca.crt"};
}

}  // namespace

std::string ServiceTlsDirectory(const Config& config, const ServiceName& name) {
  return fmt::format("{}/{}/{}", config.service_tls.dir, name.project, name.service);
}

ServiceTlsFiles ServiceTlsPaths(const Config& config, const ServiceName& name) {
  return FilesIn(ServiceTlsDirectory(config, name));
}

std::string CheckerTlsDirectory(const Config& config) {
  return config.service_tls.dir + "/.checker";
}

ServiceTlsFiles CheckerTlsPaths(const Config& config) {
  return FilesIn(CheckerTlsDirectory(config));
}

std::optional<std::string> TrustBundlePath(const Config& config) {
  for (const ListenAddress& address : config.discovery.listen) {
    if (address.is_unix()) return address.path.substr(0, address.path.rfind('/')) + "/ca.crt";
  }
  return std::nullopt;
}

}  // namespace fairlead::config
