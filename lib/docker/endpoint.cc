#include "docker/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace fairlead::docker {
namespace {

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTcp = "tcp://";
constexpr std::size_t kSocketPathBytesMax = 107;  // sockaddr_un holds 108 with the NUL
constexpr std::size_t kHostBytesMax = 253;        // RFC 1035 by way of every resolver

Result<Endpoint> Refuse(std::string_view text, std::string_view why) {
  return Fail(Code::kInvalidArgument,
              fmt::format("engine endpoint \"{}\": {}; write unix:///path/docker.sock or "
                          "tcp://host:port",
                          Printable(text, 128), why));
}

bool IsHost(std::string_view host) {
  return !host.empty() && host.size() <= kHostBytesMax && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '%';
  });
}

std::optional<std::uint16_t> ReadPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

Result<Endpoint> ParseUnix(std::string_view text) {
  const std::string_view path = text.substr(kUnix.size());
  if (!path.starts_with('/')) return Refuse(text, "the path must be absolute");
  if (path.size() > kSocketPathBytesMax) return Refuse(text, "a socket path ends at 107 bytes");
  if (path.find('\0') != std::string_view::npos) return Refuse(text, "a path cannot hold NUL");
  return Endpoint{.text = std::string(text), .path = std::string(path), .host = "", .port = 0};
}

Result<Endpoint> ParseTcp(std::string_view text) {
  std::string_view rest = text.substr(kTcp.size());
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return Refuse(text, "the port is missing");
  std::string_view host = rest.substr(0, colon);
  const auto port = ReadPort(rest.substr(colon + 1));
  if (!port) return Refuse(text, "the port must be 1 to 65535");
  const bool in_brackets = host.starts_with('[') && host.ends_with(']');
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (!in_brackets && host.find(':') != std::string_view::npos) {
    return Refuse(text, "an IPv6 address needs brackets");
  }
  if (!IsHost(host)) return Refuse(text, "that is no host");
  return Endpoint{.text = std::string(text), .path = "", .host = std::string(host), .port = *port};
}

}  // namespace

Result<Endpoint> ParseEndpoint(std::string_view text) {
  if (text.starts_with(kUnix)) return ParseUnix(text);
  if (text.starts_with(kTcp)) return ParseTcp(text);
  return Refuse(text, "unknown kind");
}

}  // namespace fairlead::docker
