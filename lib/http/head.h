// Head: the request line and the fields of one request, read strictly. Pure.
//
// Why our own beside Beast's parser: a lenient reader in front of or behind us makes another
// request out of the same bytes. So what RFC 9112 lets a server overlook is refused here: bare line
// feeds, folded lines, blanks before a colon, two lengths, a length beside a transfer coding, any
// coding but `chunked`. Beast's parser then reads the body.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "http/host_gate.h"
#include "http/limits.h"
#include "http/refusal.h"
#include "http/request.h"

namespace fairlead::http {

struct Head {
  Request request;       // without body and peer
  bool is_head = false;  // the method was HEAD
  bool has_body = false;
  bool is_chunked = false;
  std::uint64_t content_length = 0;
  bool expects_continue = false;
  bool is_old = false;   // HTTP/1.0
  bool is_last = false;  // the peer wants the connection closed after it
};

// A field's value without the blanks that may stand around it (RFC 9110 5.6.3).
std::string_view Trimmed(std::string_view text);

// Where the head at the start of `bytes` ends (after the empty line); nothing while it is not
// whole. Broken: a line feed without its carriage return, so it never will be.
struct HeadEnd {
  std::optional<std::size_t> at;
  bool is_broken = false;
};
// `from`: where to go on looking; what was there before was looked at already.
HeadEnd FindHeadEnd(std::string_view bytes, std::size_t from);

// `text` ends with the empty line.
std::expected<Head, Refusal> ParseHead(std::string_view text, const Limits& limits,
                                       const HostGate& hosts);

}  // namespace fairlead::http
