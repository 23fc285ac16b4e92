// A file with a secret: read as any small file is, but not where every user of the host may read
// it.
//
// Why: a key that everybody could have had is nobody's, and the mistake shows only when somebody
// has used it. Threads: any; the read is in place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"

namespace fairlead::runtime {

// What is wrong with these permission bits, with what to do; nothing: they are a secret's.
std::optional<std::string> WhyNoSecret(unsigned mode);

// kPermissionDenied with WhyNoSecret(); else as ReadSmallFile().
Result<std::string> ReadSecretFile(const std::string& path, std::size_t bytes_max);

}  // namespace fairlead::runtime
