#include "tls_profiles.h"

namespace fairlead::daemon {
namespace {

tls::ClientAuth ClientAuthOf(config::ClientAuth auth) {
  switch (auth) {
    case config::ClientAuth::kNone:
      return tls::ClientAuth::kNone;
    case config::ClientAuth::kRequest:
      return tls::ClientAuth::kRequest;
    case config::ClientAuth::kRequire:
      return tls::ClientAuth::kRequire;
  }
  return tls::ClientAuth::kRequire;
}

// Where client containers have their own pair as a rule: Compose's secrets and Kubernetes' Secrets
// are mounted into a folder under names of one's choice, and these are the usual ones.
constexpr const char* kClientCert = "/certs/tls.crt";
constexpr const char* kClientKey = "/certs/tls.key";

}  // namespace

tls::Profile ProfileOf(const std::string& name, const config::TlsProfile& profile) {
  return {.name = name,
          .cert = profile.cert,
          .key = profile.key,
          .ca = profile.ca,
          .server_name = profile.server_name,
          .client_auth = ClientAuthOf(profile.client_auth)};
}

std::optional<tls::Profile> ProfileNamed(const config::Config& config, const std::string& name) {
  const auto found = config.tls_profiles.find(name);
  if (found == config.tls_profiles.end()) return std::nullopt;
  return ProfileOf(found->first, found->second);
}

std::optional<xds::BootstrapTls> ClientTlsOf(const config::Config& config) {
  const auto found = config.tls_profiles.find(config.discovery.tls);
  if (found == config.tls_profiles.end()) return std::nullopt;
  const config::TlsProfile& profile = found->second;
  xds::BootstrapTls tls{.ca = profile.ca, .server_name = profile.server_name};
  if (profile.client_auth == config::ClientAuth::kRequire) {
    tls.cert = kClientCert;
    tls.key = kClientKey;
  }
  return tls;
}

}  // namespace fairlead::daemon
