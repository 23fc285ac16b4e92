#include "http/reply_head.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/refusal.h"

namespace fairlead::http {
namespace {

constexpr std::string_view kNoContent = "default-src 'none'; frame-ancestors 'none'";

bool Has(const Reply& reply, std::string_view name) {
  return std::any_of(reply.fields.begin(), reply.fields.end(),
                     [&](const Field& field) { return field.name == name; });
}

}  // namespace

std::vector<Field> FieldsOf(const Reply& reply) {
  std::vector<Field> fields = reply.fields;
  fields.push_back({"X-Content-Type-Options", "nosniff"});
  fields.push_back({"Referrer-Policy", "no-referrer"});
  // Unless the answer has one of its own.
  if (!Has(reply, "Cache-Control")) fields.push_back({"Cache-Control", "no-store"});
  if (!Has(reply, "Content-Security-Policy"))
    fields.push_back({"Content-Security-Policy", std::string(kNoContent)});
  return fields;
}

std::string ReplyHead(const Reply& reply, Framing framing) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", reply.status, ReasonOf(reply.status));
  for (const Field& field : FieldsOf(reply))
    head += fmt::format("{}: {}\r\n", field.name, field.value);
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
