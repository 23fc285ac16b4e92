// HttpUrl: an http or https URL, taken apart. Pure.
//
// Why by hand: what a person wrote is checked where it is read, without a network library; and what
// may be shown of it (no user, password, path or query, as each may be a secret) is decided once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fairlead {

struct HttpUrl {
  bool is_tls = false;
  std::string userinfo;  // "user:password" as written, percent-decoded; may be empty
  std::string host;      // a name, or an address without brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least "/"
  bool operator==(const HttpUrl&) const = default;

  // "https://alerts.example:8443": for logs and people.
  std::string Shown() const;
  // As the Host header has it: without the scheme's own port.
  std::string Authority() const;
};

// Nothing for what is no such URL: another scheme, no host, a port that is none, blanks, control
// bytes or anything outside ASCII. A fragment is dropped. At most 2048 bytes.
std::optional<HttpUrl> ParseHttpUrl(std::string_view text);

}  // namespace fairlead
