#include "base/http_url.h"

#include <algorithm>
#include <charconv>

namespace fairlead {
namespace {

constexpr std::size_t kUrlBytesMax = 2048;

std::uint16_t OwnPort(bool is_tls) {
  return is_tls ? 443 : 80;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

bool IsHostByte(char c, bool is_v6) {
  const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return is_word || c == '.' || c == '-' || (is_v6 ? c == ':' : c == '_');
}

// "host", "host:port", "[::1]:port" into the URL; false when it is none of them.
bool TakeAuthority(std::string_view text, HttpUrl& url) {
  const bool is_v6 = text.starts_with('[');
  const std::size_t end = is_v6 ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  url.host = text.substr(is_v6 ? 1 : 0, end - (is_v6 ? 1 : 0));
  const bool is_good =
      !url.host.empty() && url.host.size() <= 253 &&
      std::all_of(url.host.begin(), url.host.end(), [&](char c) { return IsHostByte(c, is_v6); });
  text.remove_prefix(std::min(end + (is_v6 ? 1 : 0), text.size()));
  url.port = OwnPort(url.is_tls);
  if (text.empty()) return is_good;
  if (!text.starts_with(':')) return false;
  text.remove_prefix(1);
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), url.port);
  return is_good && error == std::errc() && rest == text.data() + text.size() && url.port != 0;
}

}  // namespace

std::string HttpUrl::Authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == OwnPort(is_tls) ? name : name + ":" + std::to_string(port);
}

std::string HttpUrl::Shown() const {
  return (is_tls ? "https://" : "http://") + Authority();
}

std::optional<HttpUrl> ParseHttpUrl(std::string_view text) {
  const bool is_printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (text.size() > kUrlBytesMax || !is_printable) return std::nullopt;
  HttpUrl url;
  if (text.starts_with("https://")) {
    url.is_tls = true;
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    text.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  text = text.substr(0, text.find('#'));
  const std::size_t slash = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, slash);
  url.target = text.substr(slash);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const auto userinfo = PercentDecoded(authority.substr(0, at));
    if (!userinfo) return std::nullopt;
    url.userinfo = *userinfo;
    authority.remove_prefix(at + 1);
  }
  if (!TakeAuthority(authority, url)) return std::nullopt;
  return url;
}

}  // namespace fairlead
