// Profile: who we are to a peer that is spoken to over TLS, and whom we believe.
//
// Why here: the engine's connection, the checks and our own listeners use the same profiles of the
// host's config.
// Threads: any; a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/secret_text.h"

namespace fairlead::tls {

// Whether a client has to say who it is, where we are the server.
enum class ClientAuth : std::uint8_t {
  kNone,     // it is not asked
  kRequest,  // it may; what it shows is verified
  kRequire,  // it has to
};

struct Profile {
  std::string name;         // in the config's tls_profiles; for messages
  std::string cert;         // path of our certificate and its chain, PEM; empty: we show none
  std::string key;          // path of its key, without a passphrase
  std::string ca;           // path of the authorities that may sign the peer's; empty: the system's
  std::string server_name;  // expected in the peer's certificate; empty: the host that is dialled
  ClientAuth client_auth = ClientAuth::kNone;  // of servers

  bool operator==(const Profile&) const = default;
};

// What its files hold.
struct ProfileTexts {
  std::string cert;
  SecretText key;
  std::string authorities;
  unsigned key_mode = 0;  // permission bits of the key's file

  bool operator==(const ProfileTexts&) const = default;
};

struct CertificateFacts {
  std::string names;         // as NamesOf() says them
  std::string issuer;        // as IssuerOf() says it
  std::int64_t begin_s = 0;  // since 1970, as below
  std::int64_t end_s = 0;

  bool operator==(const CertificateFacts&) const = default;
};

struct ProfileFacts {
  std::optional<CertificateFacts> own;  // nothing: we show none
  std::size_t authority_count = 0;      // 0: the system's
  std::int64_t authorities_end_s = 0;   // of the one that ends first

  bool operator==(const ProfileFacts&) const = default;
};

// What a look at a profile's files found; told once per finding.
struct ProfileNews {
  std::string profile;
  bool is_taken = false;      // its files are in use
  bool is_first = false;      // and none were before
  ProfileFacts facts{};       // of what was taken
  bool keeps_former = false;  // not taken, and what was good before stays in use
  std::string text{};         // what is wrong, when not taken
};

}  // namespace fairlead::tls
