// A small file that a person names: a certificate, a key, a secret.
//
// Why not a stream: it must be a file, so that a FIFO in its place makes nobody wait, and it has a
// most, so that a wrong path costs no memory.
// Threads: any; the read is in place.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace fairlead::runtime {

// All of the file. kUnavailable with the cause alone ("it is no file", "over 4096 bytes", the
// system's word): who asks knows what it was for.
Result<std::string> ReadSmallFile(const std::string& path, std::size_t bytes_max);

}  // namespace fairlead::runtime
