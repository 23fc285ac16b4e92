// The parts of certificates that authorities and leaves are made of. Pure but for OpenSSL's
// randomness.
//
// Threads: any.
#pragma once

#include <openssl/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ca/wall.h"
#include "tls/pem.h"

namespace fairlead::ca {

using tls::Certificate;
using tls::Key;

// kInternal, with OpenSSL's own words: "make certificate: ...".
std::unexpected<Error> OpenSslFailed(std::string_view doing);

// ECDSA on P-256: what every TLS library of the last ten years takes, and cheap to make.
Result<Key> MakeKey();

struct Draft {
  std::string common_name;  // 1 to 64 bytes, as X.509 has it
  Span span;
  std::string basic_constraints;  // in OpenSSL's words, as the next two
  std::string key_usage;
  std::string extended_key_usage;  // empty: none
  std::vector<std::string> dns_names = {};
  std::string uri = "";  // of one subjectAltName; empty: none
};

// With a random serial number of 127 bits. `issuer` null: signed by itself, and `issuer_key` is
// `key`.
Result<Certificate> Sign(const Draft& draft, EVP_PKEY* key, const X509* issuer,
                         EVP_PKEY* issuer_key);

// What is good from its begin to its end; two points at 1970 when it cannot be read.
Span SpanOf(const X509* certificate);

// PEM.
std::string TextOf(const X509* certificate);
// PKCS #8, without a passphrase. The text is a secret.
std::string TextOf(const EVP_PKEY* key);

// All certificates of a text, in order; nothing is said of what is none.
std::vector<Certificate> CertificatesIn(const std::string& text);

// Whether somebody who believes `roots` (PEM) believes this certificate at `now`, as a server and
// as a client, with `between` (PEM) at hand. kUnauthenticated with OpenSSL's reason.
struct Belief {
  const std::string& roots;
  const std::string& between;
  Wall now;
};
Result<> Verify(const X509* certificate, const Belief& belief);

}  // namespace fairlead::ca
