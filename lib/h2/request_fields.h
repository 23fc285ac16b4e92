// RequestFields: one header block of a client, judged field by field as it is decoded.
//
// Why: what HTTP/2 calls malformed must never reach a handler: names in upper case, pseudo-headers
// that are doubled, unknown, missing or late, fields that speak of the connection, a body length
// that is none. RFC 9113 sections 8.1.1, 8.2 and 8.3. And a list has a length limit: beyond it
// nothing more is kept, beyond kPatience times that the peer is past hope.
// Threads: none; pure. Memory: at most the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace fairlead::h2 {

// What remains of a request's header block once it is judged.
struct Request {
  std::string method;
  std::string path;
  std::string authority;
  std::vector<std::pair<std::string, std::string>> metadata;  // other fields; names in lower case
  std::optional<Duration> timeout;                            // grpc-timeout
  std::optional<std::uint64_t> body_bytes;                    // content-length
  std::string content_type;
  bool is_grpc = false;      // by its content-type
  bool is_too_long = false;  // then the rest is not whole
};

class RequestFields {
 public:
  // kTrailers have no pseudo-headers. kIgnored are only counted.
  enum class Kind : std::uint8_t { kRequest, kTrailers, kIgnored };

  // `list_bytes_max` as RFC 9113 section 6.5.2 counts: names, values and 32 for each field.
  RequestFields(Kind kind, std::size_t list_bytes_max)
      : kind_(kind), list_bytes_max_(list_bytes_max) {}

  // False: so far over the limit that the block should not be read to its end.
  bool Take(std::string_view name, std::string_view value);
  // After the last field: true when the block was well formed.
  bool IsWellFormed() const;

  Kind kind() const { return kind_; }
  Request& request() { return request_; }

 private:
  static constexpr std::size_t kFieldOverheadBytes = 32;
  static constexpr std::size_t kPatience = 4;

  bool TakePseudo(std::string_view name, std::string_view value);
  bool TakeRegular(std::string_view name, std::string_view value);
  bool TakeLength(std::string_view value);
  void Keep(std::string_view name, std::string_view value);

  const Kind kind_;
  const std::size_t list_bytes_max_;
  std::size_t list_bytes_ = 0;
  bool is_malformed_ = false;
  bool has_regular_ = false;
  bool has_host_ = false;
  unsigned pseudo_seen_ = 0;
  Request request_;
};

}  // namespace fairlead::h2
