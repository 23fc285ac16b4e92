// A profile as OpenSSL's context for connections that others make to us.
//
// Why so many checks: a server's certificate is mounted by one person and found wrong by another,
// hours later and far away. What no client could believe is found here, with a sentence, before it
// takes the place of what works.
// Always: TLS 1.2 or newer, no renegotiation; a protocol has to be agreed on by ALPN where it is
// HTTP/2. Sessions resume by tickets alone, whose keys live as long as the context: what was agreed
// on with a certificate that has been replaced, or authorities that have, is never taken up again.
// Threads: any; a context may be shared by connections of several threads.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "tls/context_parts.h"
#include "tls/profile.h"

namespace fairlead::tls {

enum class ServerProtocol : std::uint8_t {
  kHttp2,  // "h2", as gRPC clients require it
  kHttp1,  // "http/1.1", where the client asks for anything
  kHttp,   // either of both, "h2" before "http/1.1"; without a word the first bytes tell
};

// How long a session may be resumed; a certificate that was good then is believed until then.
inline constexpr long kSessionSecondsMax = 3600;

// Fails with BadFile() for what UseOwnCertificate() and UseAuthorities() find, and for a key that
// every user may read, a certificate that is not valid yet, that names nobody or is not for
// servers, a chain whose links did not sign one another. kInvalidArgument: the profile has no
// certificate, or asks clients for theirs without naming whom it believes.
Result<Context> MakeServerContext(const Profile& profile, const ProfileTexts& texts,
                                  ServerProtocol protocol);

// Where a connection of such a context writes down what the client's certificate says when it is
// not believed, as Presented() does: OpenSSL forgets it. `place` outlives the handshake.
void NoteDistrusted(SSL* connection, std::string& place);

// After the handshake. Who the client is by the certificate that it showed, as ExactNamesOf() says
// it; empty: it showed none.
std::string ClientNames(const SSL* connection);

// Why a connection whose handshake was good is not: it resumes a session of a certificate that has
// expired since. Nothing: it is good.
std::optional<std::string> ExpiredSince(const SSL* connection);

// What went wrong with a client, with OpenSSL's `error`, in words that say who has to do what: "its
// certificate is not signed by /certs/ca.crt: ...". `distrusted` as noted above.
std::string ClientTrouble(const SSL* connection, unsigned long error, const Profile& profile,
                          const std::string& distrusted);

// A client that does not believe us need not say so: gRPC's C-core and others hang up. Of one that
// did so in the midst of the handshake: what that means. Nothing: it had not seen our certificate.
std::optional<std::string> HangUpWords(const SSL* connection, const Profile& profile);

// Of one that agreed, said nothing and left: whether it is because it dials a name (SNI) that our
// certificate does not hold, which many look at after the handshake. Nothing: it dials an address,
// or a name of ours.
std::optional<std::string> LeavingWords(const SSL* connection, const Profile& profile);

}  // namespace fairlead::tls
