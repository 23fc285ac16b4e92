// What went wrong between us and a TLS peer, in words that say who has to do what.
//
// Why: OpenSSL says "certificate verify failed" for a wrong authority, a wrong name and an expired
// certificate alike, and each needs another person to act.
// Threads: any.
#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tls/profile.h"

namespace fairlead::tls {

// About whom the words are.
struct PeerOf {
  std::string_view who;   // "the engine"
  std::string_view host;  // as dialled: what its certificate is for without profile.server_name
  const Profile& profile;
  // Other names that are as good as `host`; of no weight where the profile has a server_name.
  std::span<const std::string> other_names = {};
  // "spiffe://corp/shop/user-service": expected in place of any name, where there is one. It must
  // outlive the connection.
  const std::string* uri = nullptr;

  // What the server is told that we want.
  std::string_view expected_name() const {
    return profile.server_name.empty() ? host : std::string_view(profile.server_name);
  }
};

// From now on the certificate must be for the URI, or else for the expected name or one of the
// others. An address is compared with the certificate's addresses; a name is also told to the
// server.
void Expect(SSL* connection, const PeerOf& peer);

enum class Trouble {
  kDistrust,    // we do not believe its certificate
  kRefusal,     // it does not believe ours
  kOldTls,      // nothing newer than TLS 1.1
  kNoProtocol,  // it does not speak by TLS what we want to
  kNoTls,       // what it says is no TLS
  kOther,
};

struct Finding {
  Trouble trouble = Trouble::kOther;
  std::string words;
};

// Why the handshake of `connection` failed, or what came after it, with OpenSSL's `error`.
Finding FindTrouble(const SSL* connection, unsigned long error, const PeerOf& peer);

// Only whether `error` is the peer's refusal of our certificate, which TLS 1.3 tells in place of
// the first answer.
std::optional<std::string> RefusalWords(unsigned long error, const PeerOf& peer);

// It asked for our certificate, the handshake was over for us, and it ended the connection without
// a word: with TLS 1.3 it looks at the certificate after that, and gRPC's C-core sends no alert.
std::string SilentRefusalWords(const PeerOf& peer);

// "DNS:a.b, IP Address:10.0.0.1", "nobody (no subjectAltName)". Printable and short.
std::string NamesOf(const X509* certificate);

// The same for programs that decide by it, one name a line: "DNS:a.b\nURI:spiffe://c/d". DNS names
// and URIs stand there as they are in the certificate, whole; one with a byte that is not of
// ASCII's visible ones is left out, and so is what exceeds kExactNamesBytesMax, so that no name can
// pass for another. Other kinds are as NamesOf() has them.
std::string ExactNamesOf(const X509* certificate);
inline constexpr std::size_t kExactNamesBytesMax = 4096;

// "CN = corp". Printable and short.
std::string IssuerOf(const X509* certificate);

// "it names DNS:a.b, IP Address:10.0.0.1; issuer CN=corp; ends Nov 26 07:00:00 2026 GMT". Printable
// and short, whatever the certificate holds.
std::string Presented(const X509* certificate);

}  // namespace fairlead::tls
