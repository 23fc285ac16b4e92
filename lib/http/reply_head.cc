#include "http/reply_head.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/refusal.h"

namespace fairlead::http {
namespace {

constexpr std::string_view kAlways =
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n";
// Unless the answer has one of its own.
constexpr std::string_view kNotKept = "Cache-Control: no-store\r\n";
constexpr std::string_view kNoContent =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

bool Has(const Reply& reply, std::string_view name) {
  return std::any_of(reply.fields.begin(), reply.fields.end(),
                     [&](const Field& field) { return field.name == name; });
}

}  // namespace

std::string ReplyHead(const Reply& reply, Framing framing) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, ReasonOf(reply.status));
  for (const Field& field : reply.fields)
    head += fmt::format("{}: {}\r\n", field.name, field.value);
  head += kAlways;
  if (!Has(reply, "Cache-Control")) head += kNotKept;
  if (!Has(reply, "Content-Security-Policy")) head += kNoContent;
  if (reply.status == 304) {
    // No body; a length would be that of the answer which the reader has.
  } else if (framing.length) {
    head += fmt::format("Content-Length: {}\r\n", *framing.length);
  } else if (framing.is_chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  }
  if (framing.is_last) head += "Connection: close\r\n";
  return head + "\r\n";
}

std::string Chunk(std::string_view piece) {
  return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

}  // namespace fairlead::http
