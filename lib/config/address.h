// Addresses as people write them in the config: where we listen, and where the engine answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace fairlead::config {

// sizeof(sockaddr_un::sun_path) - 1 on Linux.
inline constexpr std::size_t kUnixPathBytesMax = 107;

// What is wrong with a value, and what to write instead; both printable.
struct AddressProblem {
  std::string message;
  std::string hint;
};

// A unix socket (path set) or a literal IP address with a port (ip set). Port 0 = any free port.
struct ListenAddress {
  std::string path = {};
  std::string ip = {};  // without brackets
  std::uint16_t port = 0;

  bool is_unix() const { return !path.empty(); }
  // 127.0.0.0/8, ::1, and IPv4 loopback written as IPv6; unix sockets count as loopback.
  bool is_loopback() const;
  std::string Text() const;  // "unix:/run/x.sock", "127.0.0.1:18000", "[::1]:18000"
  auto operator<=>(const ListenAddress&) const = default;
};

// `unix:/path`, `IP:PORT` or `[IPv6]:PORT`. No names: a listener is a place, not a lookup.
std::expected<ListenAddress, AddressProblem> ParseListenAddress(std::string_view text);

// Where the engine's API is: a unix socket (path set) or a TCP host with a port (host set).
struct EngineEndpoint {
  std::string path = {};
  std::string host = {};
  std::uint16_t port = 0;

  bool is_unix() const { return !path.empty(); }
  // Whether nothing leaves this host on the way there; a host name is not believed to.
  bool is_loopback() const;
  std::string Text() const;  // "unix:///var/run/docker.sock", "tcp://127.0.0.1:2375"
  bool operator==(const EngineEndpoint&) const = default;
};

// `unix:///path` or `tcp://HOST:PORT`, as DOCKER_HOST. Whether TCP needs TLS is ReadConfig's to
// say.
std::expected<EngineEndpoint, AddressProblem> ParseEngineEndpoint(std::string_view text);

}  // namespace fairlead::config
