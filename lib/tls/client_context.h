// A profile as OpenSSL's context for connections that we make.
//
// Always: TLS 1.2 or newer, and the peer's certificate is verified; there is no switch. What does
// not fit together is found here, before anybody is connected to.
// Threads: any; a context may be shared by connections of several threads.
#pragma once

#include "base/result.h"
#include "tls/context_parts.h"
#include "tls/profile.h"

namespace fairlead::tls {

// Fails with BadFile() as UseOwnCertificate() and UseAuthorities() do. Sessions of its connections
// go to the SessionSlot of each, if it has one.
Result<Context> MakeClientContext(const Profile& profile, const ProfileTexts& texts);

// The same for the daemon; it also fails with CheckKeyIsKept(). fairlead-probe, whose key lies in
// an image that is read by whoever has it, goes without.
Result<Context> MakeKeptClientContext(const Profile& profile, const ProfileTexts& texts);

// The latter from the profile's files as they are now.
Result<Context> LoadClientContext(const Profile& profile);

}  // namespace fairlead::tls
