// The token that lets a request act: 32 random bytes as hex, in a file of mode 0600, or 0640
// where its group is root's.
//
// Threads: at start; reads or makes one small file.
#pragma once

#include <string>

#include "base/result.h"

namespace fairlead::rest {

inline constexpr std::size_t kTokenBytes = 64;  // hex digits

// What is in the file, which is made if it is missing and outlives the daemon. kFailedPrecondition:
// it cannot be made, others may read it, or it holds no token; the message says what to do.
Result<std::string> OpenToken(const std::string& path);

}  // namespace fairlead::rest
