#include "xds/transport_security.h"

#include <algorithm>
#include <utility>

#include "envoy/extensions/transport_sockets/tls/v3/secret.pb.h"
#include "envoy/extensions/transport_sockets/tls/v3/tls.pb.h"
#include "spec/service_identity.h"
#include "xds/cluster_message.h"
#include "xds/message_encoding.h"
#include "xds/resource_name.h"

namespace fairlead::xds {
namespace {

namespace core_v3 = envoy::config::core::v3;
namespace tls_v3 = envoy::extensions::transport_sockets::tls::v3;

tls_v3::CertificateProviderPluginInstance Provider() {
  tls_v3::CertificateProviderPluginInstance instance;
  instance.set_instance_name(std::string(kCertificateProvider));
  return instance;
}

// By files of the client's. gRPC reads the deprecated list of names, and no other.
void SetForGrpc(const std::vector<ExpectedName>& names, tls_v3::CommonTlsContext& common) {
  *common.mutable_tls_certificate_provider_instance() = Provider();
  auto& validation =
      *common.mutable_combined_validation_context()->mutable_default_validation_context();
  *validation.mutable_ca_certificate_provider_instance() = Provider();
  for (const ExpectedName& name : names) {
    validation.add_match_subject_alt_names()->set_exact(name.text);
  }
}

tls_v3::SdsSecretConfig OverAds(std::string name) {
  tls_v3::SdsSecretConfig secret;
  secret.set_name(std::move(name));
  secret.mutable_sds_config()->mutable_ads();
  secret.mutable_sds_config()->set_resource_api_version(core_v3::V3);
  return secret;
}

void SetForEnvoy(const std::vector<ExpectedName>& names, const spec::TlsSpec& tls,
                 tls_v3::CommonTlsContext& common) {
  common.add_alpn_protocols("h2");
  *common.add_tls_certificate_sds_secret_configs() = OverAds(std::string(kIdentitySecret));
  auto& combined = *common.mutable_combined_validation_context();
  *combined.mutable_validation_context_sds_secret_config() = OverAds(TrustSecretName(tls));
  for (const ExpectedName& name : names) {
    auto& matcher =
        *combined.mutable_default_validation_context()->add_match_typed_subject_alt_names();
    matcher.set_san_type(name.is_uri ? tls_v3::SubjectAltNameMatcher::URI
                                     : tls_v3::SubjectAltNameMatcher::DNS);
    matcher.mutable_matcher()->set_exact(name.text);
  }
}

ResourcePtr EncodeSecret(const tls_v3::Secret& secret) {
  return EncodeResource(ResourceType::kSecret, secret.name(), Serialise(secret));
}

}  // namespace

bool Speaks(const fleet::Endpoint& endpoint, Security security) {
  return security == Security::kTls ? endpoint.tls_port != 0 : endpoint.plaintext;
}

bool IsForTls(const fleet::ServiceView& view) {
  return view.traffic.tls.is_on() &&
         std::ranges::all_of(view.endpoints, [](const fleet::Endpoint& endpoint) {
           return Speaks(endpoint, Security::kTls);
         });
}

std::vector<ExpectedName> ExpectedNames(const fleet::ServiceView& view,
                                        const TlsExpectations& expectations) {
  const spec::TlsSpec& tls = view.traffic.tls;
  if (tls.source == spec::TlsSource::kAuto) {
    return {{.is_uri = true, .text = spec::SpiffeId(expectations.trust_domain, view.name)}};
  }
  const auto profile = expectations.server_names.find(tls.profile);
  if (profile != expectations.server_names.end() && !profile->second.empty()) {
    return {{.text = profile->second}};
  }
  std::vector<ExpectedName> names;
  for (std::string& name : spec::IdentityDnsNames(view.name)) {
    names.push_back({.text = std::move(name)});
  }
  return names;
}

ResourcePtr MakeTlsCluster(const fleet::ServiceView& view, Flavour flavour,
                           const TlsExpectations& expectations) {
  const std::vector<ExpectedName> names = ExpectedNames(view, expectations);
  tls_v3::UpstreamTlsContext context;
  if (IsEnvoy(flavour)) {
    context.set_sni(view.name.Text());
    SetForEnvoy(names, view.traffic.tls, *context.mutable_common_tls_context());
  } else {
    SetForGrpc(names, *context.mutable_common_tls_context());
  }
  auto cluster = MakeClusterMessage(view, flavour, ResourceName(view.name, Security::kTls));
  auto& socket = *cluster.mutable_transport_socket();
  socket.set_name("envoy.transport_sockets.tls");
  *socket.mutable_typed_config() = Pack(context);
  return EncodeResource(ResourceType::kCluster, cluster.name(), Serialise(cluster));
}

std::string TrustSecretName(const spec::TlsSpec& tls) {
  return tls.source == spec::TlsSource::kAuto ? "trust/auto" : "trust/files/" + tls.profile;
}

ResourcePtr MakeIdentitySecret(const std::string& directory) {
  tls_v3::Secret secret;
  secret.set_name(std::string(kIdentitySecret));
  auto& own = *secret.mutable_tls_certificate();
  own.mutable_certificate_chain()->set_filename(directory + "/" + std::string(kCertFile));
  own.mutable_private_key()->set_filename(directory + "/" + std::string(kKeyFile));
  own.mutable_watched_directory()->set_path(directory);
  return EncodeSecret(secret);
}

ResourcePtr MakeTrustSecret(const std::string& name, const std::string& authorities) {
  tls_v3::Secret secret;
  secret.set_name(name);
  secret.mutable_validation_context()->mutable_trusted_ca()->set_inline_bytes(authorities);
  return EncodeSecret(secret);
}

}  // namespace fairlead::xds
