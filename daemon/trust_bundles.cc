#include "trust_bundles.h"

#include <chrono>

#include "config/service_tls_paths.h"
#include "runtime/clock.h"
#include "runtime/small_file.h"
#include "xds/transport_security.h"

namespace fairlead::daemon {
namespace {

// Roots are replaced weeks before they end.
constexpr std::chrono::seconds kLookInterval{10};
// All authorities that browsers trust are a quarter of it.
constexpr std::size_t kBundleBytesMax = 1024 * 1024;

}  // namespace

TrustBundles::TrustBundles(runtime::EventLoop& loop, const config::Config& config,
                           xds::DiscoveryServer& discovery)
    : discovery_(discovery), timer_(loop, [this] { Look(); }) {
  for (const auto& [name, profile] : config.tls_profiles) {
    if (profile.ca.empty()) continue;
    const spec::TlsSpec tls{.source = spec::TlsSource::kFiles, .profile = name};
    files_.emplace(xds::TrustSecretName(tls), profile.ca);
  }
  files_.emplace(xds::TrustSecretName({.source = spec::TlsSource::kAuto, .profile = {}}),
                 config::CheckerTlsPaths(config).ca);
  Look();
}

void TrustBundles::Look() {
  for (const auto& [secret, file] : files_) {
    // One that cannot be read is told by who checks with it; here the former stays.
    const Result<std::string> text = runtime::ReadSmallFile(file, kBundleBytesMax);
    if (!text || text->empty()) continue;
    std::string& told = told_[secret];
    if (told == *text) continue;
    told = *text;
    discovery_.SetTrust(secret, told);
  }
  timer_.Set(runtime::Now() + kLookInterval, kLookInterval / 2);
}

}  // namespace fairlead::daemon
