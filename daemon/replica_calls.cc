#include "replica_calls.h"

#include <utility>

#include "h2/tls_stream.h"
#include "h2/tls_transport.h"
#include "spec/check_profile.h"
#include "tls/client_context.h"
#include "xds/callable.h"
#include "xds/viewer.h"

namespace fairlead::daemon {
namespace {

// The longest name is the one that no other service has, so the server is told that.
gateway::ReplicaTls TlsOf(const fleet::ServiceView& view,
                          const xds::TlsExpectations& expectations) {
  const spec::TlsSpec& tls = view.traffic.tls;
  const bool is_auto = tls.source == spec::TlsSource::kAuto;
  gateway::ReplicaTls how{.profile = is_auto ? std::string(spec::kAutoProfile) : tls.profile,
                          .host = view.name.Text()};
  std::vector<xds::ExpectedName> names = xds::ExpectedNames(view, expectations);
  if (names.front().is_uri) {
    how.uri = std::move(names.front().text);
    return how;
  }
  how.host = std::move(names.back().text);
  names.pop_back();
  for (xds::ExpectedName& name : names) how.other_names.push_back(std::move(name.text));
  return how;
}

}  // namespace

gateway::ServiceNow ServiceNowOf(const fleet::ServiceView& view,
                                 const xds::TlsExpectations& expectations) {
  gateway::ServiceNow now{
      .name = view.name, .revision = view.revision, .traffic = view.traffic, .replicas = {}};
  for (const xds::CallableReplica& one : xds::CallableNow(xds::Viewer{}, view)) {
    gateway::Address address{.ip = one.address.ip, .port = one.address.port};
    if (one.security == xds::Security::kTls) address.tls = TlsOf(view, expectations);
    now.replicas.push_back({.generation = one.endpoint->generation,
                            .name = one.endpoint->replica,
                            .address = std::move(address)});
  }
  return now;
}

ReplicaTransports::ReplicaTransports(const std::vector<tls::Profile>& profiles) {
  for (const tls::Profile& profile : profiles) {
    profiles_.emplace(profile.name,
                      std::make_shared<tls::LiveProfile>(profile, tls::LiveProfile::Tell{},
                                                         tls::MakeKeptClientContext));
  }
}

h2::TransportMaker ReplicaTransports::For(const gateway::ReplicaTls& tls) const {
  const auto found = profiles_.find(tls.profile);
  if (found == profiles_.end())
    return h2::MakeTroubledTransports("the host's config has no TLS profile " + tls.profile);
  return h2::MakeTlsTransports(found->second, {.host = tls.host,
                                               .other_names = tls.other_names,
                                               .uri = tls.uri,
                                               .bytes_per_second_max = h2::kTlsBytesUnbounded});
}

}  // namespace fairlead::daemon
