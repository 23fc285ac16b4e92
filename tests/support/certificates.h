// Certificates made for one test, in memory; no key is ever checked in.
//
// Threads: any; pure but for OpenSSL's own randomness.
#pragma once

#include <string>

namespace fairlead::test {

// PEM texts of one certificate and its key.
struct KeyPair {
  std::string cert;
  std::string key;
};

struct CertificateRequest {
  std::string name = "test";     // the subject's common name
  std::string alternative = "";  // subjectAltName as OpenSSL writes it: "IP:127.0.0.1", "DNS:a.b"
  int valid_from_hours = -1;     // from now
  int valid_to_hours = 1;
  std::string usage = "";     // extendedKeyUsage as OpenSSL writes it: "clientAuth"; empty: any
  bool is_authority = false;  // it may sign others
};

// A certificate that may sign others.
KeyPair MakeAuthority(const std::string& name);

KeyPair Issue(const KeyPair& authority, const CertificateRequest& request);

// The same key behind a passphrase.
std::string Encrypted(const std::string& key);

}  // namespace fairlead::test
