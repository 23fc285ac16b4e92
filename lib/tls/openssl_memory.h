// OpenSSL's memory, overwritten when it is freed.
//
// Why: to read a key OpenSSL 3 copies its PEM and its DER into blocks that it frees as they are
// (crypto/pem, encode_decode); only the key itself is cleansed.
#pragma once

#include <cstddef>

namespace fairlead::tls {

// Larger blocks are left as they are: buffers of records (16 KiB and their frame), which come and
// go with each message of a connection. A PEM file of a key has 4 KiB at most.
inline constexpr std::size_t kWipedBytesMax = 16 * 1024;

// From now on, in this process and its children. False: OpenSSL has allocated something already,
// and goes on as before. Call it first in main().
bool WipeWhatOpensslFrees();

}  // namespace fairlead::tls
