// The status line and the fields of an answer. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"

namespace fairlead::http {

struct Framing {
  std::optional<std::size_t> length;  // nothing: a stream
  bool is_chunked = true;             // of a stream; else it ends with the connection
  bool is_last = false;               // the connection closes after it
};

// Ends with the empty line. Every answer says that nobody sniffs at it or frames it, and, unless it
// says something else itself, that nobody keeps it. 304 has neither length nor chunks.
std::string ReplyHead(const Reply& reply, Framing framing);

// All fields of an answer, framing apart.
std::vector<Field> FieldsOf(const Reply& reply);

// One piece of a chunked body; not for the last, empty one ("0\r\n\r\n").
std::string Chunk(std::string_view piece);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace fairlead::http
