// What contexts of both sides are made of: who we are, and whom we believe.
//
// Threads: any.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/profile.h"

namespace fairlead::tls {

using Context = std::shared_ptr<SSL_CTX>;

// kUnauthenticated: "read key /certs/tls.key of TLS profile corp: it is not the certificate's key".
std::unexpected<Error> BadFile(const Profile& profile, std::string_view what,
                               const std::string& path, std::string_view why);
std::unexpected<Error> BadCertificate(const Profile& profile, std::string_view why);
std::unexpected<Error> BadKey(const Profile& profile, std::string_view why);

// Fails with BadKey() where every user of the host may read the key's file.
Result<> CheckKeyIsKept(const Profile& profile, const ProfileTexts& texts);

// The certificate, its chain and its key. Fails with BadFile() when a text is no PEM, the key is
// not the certificate's or needs a passphrase, or the certificate has expired.
Result<> UseOwnCertificate(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts);

// The profile's authorities, or the system's. Fails with BadFile() when their text is no PEM.
Result<> UseAuthorities(SSL_CTX* context, const Profile& profile, const ProfileTexts& texts);

}  // namespace fairlead::tls
