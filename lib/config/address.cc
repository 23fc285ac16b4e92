#include "config/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <optional>

#include "spec/words.h"

namespace fairlead::config {
namespace {

using spec::Quoted;

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

std::optional<HostPort> SplitHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = spec::ParseWholeNumber(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port || *port > 65535 || host.empty()) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == std::string_view::npos) return std::nullopt;
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;  // IPv6 without brackets: which colon is the port's?
  }
  return HostPort{std::string(host), static_cast<std::uint16_t>(*port)};
}

bool IsLiteral(const std::string& ip) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET, ip.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, ip.c_str(), bytes.data()) == 1;
}

bool IsLoopback(const std::string& ip) {
  in_addr four{};
  if (inet_pton(AF_INET, ip.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  if (inet_pton(AF_INET6, ip.c_str(), &six) != 1) return false;
  if (IN6_IS_ADDR_LOOPBACK(&six)) return true;
  return IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127;
}

bool IsHostName(std::string_view host) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  constexpr std::size_t kHostBytesMax = 253;  // RFC 1035 by way of every resolver
  return host.size() <= kHostBytesMax && host.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::optional<AddressProblem> PathProblem(std::string_view path) {
  if (!path.starts_with('/')) {
    return AddressProblem{Quoted(path) + " is not an absolute path", "begin the path with a slash"};
  }
  if (path.size() > kUnixPathBytesMax) {
    return AddressProblem{fmt::format("a socket path of {} bytes is longer than the {} that the "
                                      "system allows",
                                      path.size(), kUnixPathBytesMax),
                          "use a shorter path"};
  }
  for (const char c : path) {
    if (c < ' ' || c == '\x7f') {
      return AddressProblem{Quoted(path) + " holds unprintable characters", "use a plain path"};
    }
  }
  return std::nullopt;
}

std::string JoinHostPort(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

}  // namespace

bool ListenAddress::is_loopback() const {
  return is_unix() || IsLoopback(ip);
}

std::string ListenAddress::Text() const {
  return is_unix() ? "unix:" + path : JoinHostPort(ip, port);
}

std::expected<ListenAddress, AddressProblem> ParseListenAddress(std::string_view text) {
  if (text.starts_with("unix:")) {
    std::string_view path = text.substr(5);
    if (path.starts_with("///")) path.remove_prefix(2);  // unix:///run/x.sock, as gRPC writes it
    if (auto problem = PathProblem(path)) return std::unexpected(*std::move(problem));
    return ListenAddress{.path = std::string(path)};
  }
  if (text.starts_with('/')) {
    return std::unexpected(AddressProblem{Quoted(text) + " is a path, not an address",
                                          fmt::format("write \"unix:{}\"", text.substr(0, 64))});
  }
  const auto parts = SplitHostPort(text);
  if (!parts) {
    return std::unexpected(
        AddressProblem{Quoted(text) + " is not an address to listen on",
                       "write unix:/PATH, IP:PORT or [IPv6]:PORT, e.g. 127.0.0.1:18000"});
  }
  if (!IsLiteral(parts->host)) {
    return std::unexpected(
        AddressProblem{Quoted(parts->host) + " is not an IP address",
                       fmt::format("write the address itself, e.g. 127.0.0.1:{}", parts->port)});
  }
  return ListenAddress{.ip = parts->host, .port = parts->port};
}

bool EngineEndpoint::is_loopback() const {
  return is_unix() || IsLoopback(host);
}

std::string EngineEndpoint::Text() const {
  return is_unix() ? "unix://" + path : "tcp://" + JoinHostPort(host, port);
}

std::expected<EngineEndpoint, AddressProblem> ParseEngineEndpoint(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  constexpr std::string_view kTcp = "tcp://";
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (auto problem = PathProblem(path)) return std::unexpected(*std::move(problem));
    return EngineEndpoint{.path = std::string(path)};
  }
  const auto parts =
      text.starts_with(kTcp) ? SplitHostPort(text.substr(kTcp.size())) : std::nullopt;
  if (!parts || parts->port == 0) {
    return std::unexpected(
        AddressProblem{Quoted(text) + " is not where an engine can be",
                       "write unix:///var/run/docker.sock or tcp://127.0.0.1:2375"});
  }
  if (!IsLiteral(parts->host) && !IsHostName(parts->host)) {
    return std::unexpected(
        AddressProblem{Quoted(parts->host) + " is not a host",
                       "write a name or an IP address, e.g. tcp://10.0.0.5:2376"});
  }
  const std::string host = parts->host == "localhost" ? "127.0.0.1" : parts->host;
  return EngineEndpoint{.host = host, .port = parts->port};
}

}  // namespace fairlead::config
