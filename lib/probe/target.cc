#include "probe/target.h"

#include <charconv>
#include <optional>

namespace fairlead::probe {
namespace {

constexpr std::string_view kDnsDefaultPort = "443";  // grpc doc/naming.md

struct HostPort {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

// Nothing when brackets or colons do not fit together.
std::optional<HostPort> SplitHostPort(std::string_view text) {
  HostPort split;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return {};
    split.host = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    if (text.empty()) return split;
    if (text.front() != ':') return {};
    split.port = text.substr(1);
    split.has_port = true;
    return split;
  }
  const std::size_t colon = text.find(':');
  split.host = text.substr(0, colon);
  if (colon == text.npos) return split;
  split.port = text.substr(colon + 1);
  split.has_port = true;
  if (split.port.find(':') != split.port.npos) return {};
  return split;
}

std::unexpected<Error> NotATarget(std::string_view why) {
  return Fail(Code::kInvalidArgument, std::string(why));
}

Result<Target> HostTarget(std::string_view endpoint, bool is_dns) {
  const std::optional<HostPort> split = SplitHostPort(endpoint);
  if (!split) return NotATarget("it is not host:port; an IPv6 address needs brackets");
  if (!split->has_port && !is_dns) return NotATarget("it has no port; use host:port");
  if (is_dns && split->host.empty()) return NotATarget("it names no host");
  const std::string_view digits = split->has_port ? split->port : kDnsDefaultPort;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size())
    return NotATarget("its port is no number of 0 to 65535");
  Target target{.kind = Target::Kind::kHost, .name = std::string(split->host), .port = port};
  target.authority = endpoint.starts_with(':') ? "localhost" + std::string(endpoint) : endpoint;
  target.tls_host = split->host.empty() ? "localhost" : split->host;
  return target;
}

Result<Target> UnixTarget(Target::Kind kind, std::string_view name) {
  if (name.starts_with("//")) {
    // unix:///path has an empty authority; unix://host/path would have one.
    name.remove_prefix(2);
    if (kind == Target::Kind::kUnixPath && !name.starts_with('/'))
      return NotATarget("a unix address has no host; use unix:PATH or unix:///PATH");
  }
  if (name.empty()) return NotATarget("it names no socket");
  return Target{
      .kind = kind, .name = std::string(name), .authority = "localhost", .tls_host = "localhost"};
}

// True, with the scheme taken away, when `text` begins with it.
bool TakeScheme(std::string_view& text, std::string_view scheme) {
  if (!text.starts_with(scheme)) return false;
  text.remove_prefix(scheme.size());
  return true;
}

Result<Target> AnyTarget(std::string_view text) {
  if (TakeScheme(text, "unix-abstract:")) return UnixTarget(Target::Kind::kUnixAbstract, text);
  if (TakeScheme(text, "unix:")) return UnixTarget(Target::Kind::kUnixPath, text);
  for (const std::string_view scheme : {"dns:", "passthrough:"}) {
    if (!TakeScheme(text, scheme)) continue;
    if (TakeScheme(text, "//") && !TakeScheme(text, "/"))
      return NotATarget("names are asked of the system's servers; use three slashes");
    return HostTarget(text, scheme == "dns:");
  }
  return HostTarget(text, false);
}

}  // namespace

Result<Target> ParseTarget(std::string_view text, std::string_view server_name) {
  Result<Target> target = AnyTarget(text);
  if (target && !server_name.empty()) target->authority = target->tls_host = server_name;
  return target;
}

}  // namespace fairlead::probe
