// A profile as OpenSSL's context for connections that we make.
//
// Always: TLS 1.2 or newer, and the peer's certificate is verified; there is no switch. What does
// not fit together is found here, before anybody is connected to.
// Threads: any; a context may be shared by connections of several threads.
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

// Fails with BadFile() when a text is no PEM, the key is not the certificate's or needs a
// passphrase, or the certificate has expired. Sessions of its connections go to the SessionSlot of
// each, if it has one.
Result<Context> MakeClientContext(const Profile& profile, const ProfileTexts& texts);

// The same from the profile's files as they are now.
Result<Context> LoadClientContext(const Profile& profile);

}  // namespace fairlead::tls
