// FactsOf: what people need to know of a profile's certificates: whose they are, and until when.
//
// Threads: any. Times are seconds since 1970; certificates end in years that 64 bits hold.
#pragma once

#include "tls/profile.h"

namespace fairlead::tls {

// What cannot be read is left out: whether files are any good is for who makes a context of them.
ProfileFacts FactsOf(const ProfileTexts& texts);

}  // namespace fairlead::tls
