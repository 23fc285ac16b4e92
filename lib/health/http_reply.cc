#include "health/http_reply.h"

#include <algorithm>

#include "base/text.h"

namespace fairlead::health {

namespace {

using spec::CheckClass;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// "HTTP/1.1 200 OK", without its line end.
spec::CheckOutcome OfStatusLine(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  const bool is_http = line.size() >= 12 && line.starts_with(kVersion) && IsDigit(line[7]) &&
                       line[8] == ' ' && std::ranges::all_of(line.substr(9, 3), IsDigit) &&
                       (line.size() == 12 || line[12] == ' ');
  if (!is_http) {
    return {.check_class = CheckClass::kProtocol,
            .latency = {},
            .detail = "no HTTP/1 reply: " + Printable(line, 64)};
  }
  if (line[9] == '2') return {};
  return {.check_class = CheckClass::kHttpStatus,
          .latency = {},
          .detail = "HTTP status " + std::string(line.substr(9, 3))};
}

}  // namespace

std::string HttpRequest(std::string_view host_port, std::string_view path) {
  const bool is_plain = path.starts_with('/') &&
                        std::ranges::all_of(path, [](char c) { return c > ' ' && c < 0x7F; });
  std::string request = "GET ";
  request.append(is_plain ? path : "/").append(" HTTP/1.1\r\nHost: ").append(host_port);
  return request + "\r\nUser-Agent: fairlead\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

std::optional<spec::CheckOutcome> ReadHttpReply(std::string_view bytes, bool at_end) {
  if (bytes.size() >= 2 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 3) {
    return spec::CheckOutcome{.check_class = CheckClass::kTls,
                              .latency = {},
                              .detail =
                                  "the peer speaks TLS, and is asked in plaintext; "
                                  "name a TLS profile in fairlead.health.tls"};
  }
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) {
    if (!at_end) return {};
    return spec::CheckOutcome{
        .check_class = bytes.empty() ? CheckClass::kClosed : CheckClass::kProtocol,
        .latency = {},
        .detail = "the peer closed the connection before its status line"};
  }
  std::string_view line = bytes.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return OfStatusLine(line);
}

}  // namespace fairlead::health
