// gzip of answers, for readers who say that they take it. Pure.
//
// Why off unless it is asked for: on loopback, where REST and the page are, it costs more time than
// it saves. Over an SSH tunnel a list of 500 replicas is a tenth.
// What is packed: whole answers of 200 between two sizes, never streams, whose pieces have to leave
// at once. Nothing secret is ever in an answer, so its length tells nobody anything.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/request.h"

namespace fairlead::http {

// Below this an answer fits into one packet anyway.
inline constexpr std::size_t kGzipBytesMin = 1024;
// Above this packing would hold up the listener's other readers: some 10 ms at zlib's quickest.
// "gzip-bytes" of the limits; such an answer goes out as it is.
inline constexpr std::size_t kGzipBytesMax = 1024 * 1024;

// Whether an Accept-Encoding (RFC 9110, 12.5.3) takes gzip; an empty one does not.
bool TakesGzip(std::string_view accept_encoding);

enum class Packing { kPacked, kLeft, kTooLong };
// Packs `reply` if it may be and `accept_encoding` takes it. An answer that somebody else may get
// packed says so in Vary; of a packed one an ETag is weak.
Packing Pack(std::string_view accept_encoding, Reply& reply);

}  // namespace fairlead::http
