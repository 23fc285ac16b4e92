// The little HTTP that a fake engine speaks: a request's line, an answer's bytes.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace fairlead::test {

struct HttpRequest {
  std::string method;
  std::string target;   // as it came
  std::string path;     // without the version and the query: "/containers/json"
  std::string version;  // "1.41"; empty in an unversioned path
  std::string accept;

  // The value of `key` in the query, decoded; "" without it.
  std::string Query(std::string_view key) const;
};

// `head` is everything before the body.
HttpRequest ReadRequest(const std::string& head);

struct HttpReply {
  int status = 200;
  std::string headers;  // each with its CRLF; not Content-Length
  std::string body;

  // `claimed_bytes` in place of the true length, when it is not negative.
  std::string Bytes(std::int64_t claimed_bytes = -1) const;
};

inline std::string Chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

// "1.41" -> 1041, so that versions compare; 0 when it is none.
int VersionNumber(std::string_view text);

}  // namespace fairlead::test
