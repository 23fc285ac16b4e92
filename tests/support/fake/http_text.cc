#include "support/fake/http_text.h"

#include <cctype>
#include <cstdlib>

namespace fairlead::test {
namespace {

std::string Decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string digits(text.substr(i + 1, 2));
      decoded += static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// The value of the header `name` (with its colon); "" without it.
std::string Header(const std::string& head, const std::string& name) {
  const std::size_t at = head.find("\r\n" + name);
  if (at == std::string::npos) return "";
  const std::size_t from = at + 2 + name.size();
  std::string value = head.substr(from, head.find("\r\n", from) - from);
  while (value.starts_with(' ')) value.erase(0, 1);
  return value;
}

}  // namespace

std::string HttpRequest::Query(std::string_view key) const {
  std::size_t from = target.find('?');
  while (from != std::string::npos) {
    const std::size_t end = target.find('&', from + 1);
    const std::string part =
        target.substr(from + 1, end == std::string::npos ? end : end - from - 1);
    if (part.starts_with(std::string(key) + "=")) {
      return Decoded(std::string_view(part).substr(key.size() + 1));
    }
    from = end;
  }
  return "";
}

HttpRequest ReadRequest(const std::string& head) {
  HttpRequest request;
  const std::size_t blank = head.find(' ');
  request.method = head.substr(0, blank);
  request.target = head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1);
  request.path = request.target.substr(0, request.target.find('?'));
  request.accept = Header(head, "Accept:");
  if (request.path.starts_with("/v") && request.path.size() > 2 && std::isdigit(request.path[2])) {
    const std::size_t slash = request.path.find('/', 1);
    request.version = request.path.substr(2, slash == std::string::npos ? slash : slash - 2);
    request.path = slash == std::string::npos ? "" : request.path.substr(slash);
  }
  return request;
}

std::string HttpReply::Bytes(std::int64_t claimed_bytes) const {
  const bool has_body = status != 204 && status != 304;
  std::string length;
  if (has_body) {
    length =
        fmt::format("Content-Length: {}\r\n",
                    claimed_bytes >= 0 ? claimed_bytes : static_cast<std::int64_t>(body.size()));
  }
  return fmt::format("HTTP/1.1 {} X\r\n{}{}\r\n{}", status, headers, length, has_body ? body : "");
}

int VersionNumber(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return 0;
  return std::atoi(std::string(text.substr(0, dot)).c_str()) * 1000 +
         std::atoi(std::string(text.substr(dot + 1)).c_str());
}

}  // namespace fairlead::test
