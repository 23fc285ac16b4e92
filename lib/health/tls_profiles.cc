#include "health/tls_profiles.h"

#include "h2/tls_stream.h"
#include "h2/tls_transport.h"
#include "runtime/clock.h"
#include "spec/check_profile.h"
#include "tls/client_context.h"

namespace fairlead::health {

TlsProfiles::TlsProfiles(runtime::EventLoop& loop, const TlsSettings& settings,
                         Duration look_interval)
    : look_interval_(look_interval), timer_(loop, [this] { LookAtAll(); }) {
  for (const tls::Profile& profile : settings.profiles)
    profiles_.emplace(profile.name, std::make_shared<tls::LiveProfile>(profile, settings.tell,
                                                                       tls::MakeKeptClientContext));
  if (!profiles_.empty()) LookAtAll();
}

void TlsProfiles::LookAtAll() {
  for (const auto& [name, profile] : profiles_) {
    // The daemon's own, written by itself: there may be none while no service asks for it.
    if (name != spec::kAutoProfile) profile->Look();
  }
  timer_.Set(runtime::Now() + look_interval_, look_interval_ / 2);
}

h2::TransportMaker TlsProfiles::TransportsFor(const spec::CheckTarget& target) const {
  const spec::CheckProfile wanted = spec::ReadCheckProfile(target.health.tls_profile);
  if (wanted.profile.empty()) return {};
  const auto found = profiles_.find(wanted.profile);
  if (found == profiles_.end())
    return h2::MakeTroubledTransports("the host's config has no TLS profile " +
                                      std::string(wanted.profile));
  const std::string host(wanted.server_name.empty() ? std::string_view(target.ip)
                                                    : wanted.server_name);
  const bool is_http = target.health.protocol == spec::HealthProtocol::kHttp;
  return h2::MakeTlsTransports(
      found->second, {.host = host, .alpn = is_http ? h2::Alpn::kHttp1 : h2::Alpn::kHttp2});
}

std::string TlsProfiles::ServerName(const spec::CheckTarget& target) const {
  const spec::CheckProfile wanted = spec::ReadCheckProfile(target.health.tls_profile);
  const auto found = profiles_.find(wanted.profile);
  if (found == profiles_.end()) return "";
  const std::string& own = found->second->profile().server_name;
  return own.empty() ? std::string(wanted.server_name) : own;
}

}  // namespace fairlead::health
