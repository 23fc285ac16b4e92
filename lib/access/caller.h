// Caller: who makes a call of the operators' API, as far as the kernel and a verified certificate
// tell. Pure.
//
// Nothing in it comes from the request, but that it holds the token of HTTP. A call over HTTP is
// one inside the process for gRPC, so its caller travels in metadata that counts nowhere else.
// Threads: any; a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fairlead::access {

struct Caller {
  // Of a unix socket: the user, and all its groups.
  std::optional<std::uint32_t> uid = {};
  std::vector<std::uint32_t> gids = {};
  std::string address = {};  // of TCP: "127.0.0.1:51234", "[::1]:51234"
  // Of the certificate that it showed, whole: "DNS:console.corp", "URI:spiffe://corp/ops/alice".
  // One that names nobody has the words for that. Empty: it showed none.
  std::vector<std::string> names = {};
  bool is_http = false;
  bool holds_token = false;  // of http.token
  bool operator==(const Caller&) const = default;

  bool is_unix() const { return uid.has_value(); }
  // It came over TCP from this very host.
  bool is_on_loopback() const;
  // It has shown who it is.
  bool is_known() const { return is_unix() || !names.empty() || holds_token; }
};

// Who it is, for records and messages: "uid 1000", "spiffe://corp/ops/alice", "DNS:console.corp",
// "admin from 127.0.0.1:51234", "http from 127.0.0.1:51234", "admin" of whom nothing is known.
// Printable, at most kActorBytesMax bytes.
std::string ActorOf(const Caller& caller);
inline constexpr std::size_t kActorBytesMax = 256;

// The same without the port, which is another one each time: whose account a refusal is on.
std::string AccountOf(const Caller& caller);

// A caller as metadata of a call inside the process, and back. What cannot be read is left out,
// which is less.
using Metadata = std::vector<std::pair<std::string, std::string>>;
Metadata ToMetadata(const Caller& caller);
void TakeFromMetadata(std::string_view key, std::string_view value, Caller& caller);

}  // namespace fairlead::access
