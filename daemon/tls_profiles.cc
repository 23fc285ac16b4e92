#include "tls_profiles.h"

#include "config/service_tls_paths.h"
#include "spec/check_profile.h"

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

std::vector<tls::Profile> CheckProfiles(const config::Config& config) {
  std::vector<tls::Profile> profiles;
  for (const auto& [name, profile] : config.tls_profiles) {
    profiles.push_back(ProfileOf(name, profile));
  }
  const config::ServiceTlsFiles own = config::CheckerTlsPaths(config);
  profiles.push_back({.name = std::string(spec::kAutoProfile),
                      .cert = own.cert,
                      .key = own.key,
                      .ca = own.ca,
                      .server_name = {}});
  return profiles;
}

xds::TlsExpectations ExpectationsOf(const config::Config& config) {
  xds::TlsExpectations expectations{.trust_domain = config.service_tls.trust_domain,
                                    .server_names = {}};
  for (const auto& [name, profile] : config.tls_profiles) {
    expectations.server_names.emplace(name, profile.server_name);
  }
  return expectations;
}

std::optional<xds::BootstrapTls> ClientTlsOf(const config::Config& config) {
  const auto found = config.tls_profiles.find(config.discovery.tls);
  if (found == config.tls_profiles.end()) return std::nullopt;
  const config::TlsProfile& profile = found->second;
  xds::BootstrapTls tls{.ca = profile.ca, .server_name = profile.server_name};
  if (profile.client_auth == config::ClientAuth::kRequire) {
    tls.cert = std::string(kClientCerts) + "/tls.crt";
    tls.key = std::string(kClientCerts) + "/tls.key";
  }
  return tls;
}

}  // namespace fairlead::daemon
