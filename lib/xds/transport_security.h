// TLS between callers and replicas, as discovery tells it: who is called over it, whom a caller has
// to expect, and where each kind of client finds whom to trust and what to show.
//
// gRPC clients (gRFC A29) read certificates from files that their bootstrap names: the provider
// kCertificateProvider. Envoy is sent whom to trust (SDS), and where in its own file system its
// certificate lies. No private key is ever sent.
// A caller with TLS is told of a service's TLS endpoints once every replica in rotation has one;
// until then everybody is told of those that answer in plaintext. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/view.h"
#include "xds/encoding.h"
#include "xds/resource_type.h"

namespace fairlead::xds {

// The instance of the certificate provider in the bootstrap of a gRPC client.
inline constexpr std::string_view kCertificateProvider = "fairlead";
// In the metadata of a client's node, as its bootstrap writes it: where it has its files.
inline constexpr std::string_view kTlsDirectoryKey = "fairlead.tls_directory";
// The files in it.
inline constexpr std::string_view kCertFile = "tls.crt";
inline constexpr std::string_view kKeyFile = "tls.key";
inline constexpr std::string_view kCaFile = "ca.crt";

// Whom the host's callers are to expect, from the configuration.
struct TlsExpectations {
  std::string trust_domain = {};  // of fairlead.tls=auto: spec::SpiffeId()
  // Of the host's tls_profiles, for fairlead.tls=files:NAME.
  std::map<std::string, std::string> server_names =
      {};  // by profile; empty = the service's own names
};

// Whether `endpoint` speaks so at all.
bool Speaks(const fleet::Endpoint& endpoint, Security security);
// Whether callers that can are to use TLS: the newest replica's labels say so, and every replica in
// rotation speaks it.
bool IsForTls(const fleet::ServiceView& view);

struct ExpectedName {
  bool is_uri = false;  // else a DNS name
  std::string text;
  bool operator==(const ExpectedName&) const = default;
};
// The certificate has to carry one of these. REQUIRES: view.traffic.tls.is_on().
std::vector<ExpectedName> ExpectedNames(const fleet::ServiceView& view,
                                        const TlsExpectations& expectations);

// The service's cluster over TLS, whose endpoints are ResourceName(service, kTls). REQUIRES: a
// flavour with TLS, and view.traffic.tls.is_on().
ResourcePtr MakeTlsCluster(const fleet::ServiceView& view, Flavour flavour,
                           const TlsExpectations& expectations);

// Names of secrets. An Envoy's own certificate:
inline constexpr std::string_view kIdentitySecret = "identity";
// whom it has to trust: "trust/auto", "trust/files/NAME".
std::string TrustSecretName(const spec::TlsSpec& tls);

// `directory`: the Envoy's own, of NodeInfo; it reads the files again when they are replaced.
ResourcePtr MakeIdentitySecret(const std::string& directory);
// `authorities`: certificates, PEM.
ResourcePtr MakeTrustSecret(const std::string& name, const std::string& authorities);

}  // namespace fairlead::xds
