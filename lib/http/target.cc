#include "http/target.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace fairlead::http {
namespace {

std::unexpected<Refusal> Refuse(std::string_view text, std::string_view why) {
  return std::unexpected(
      Refusal{.message = "read the request's path " + Printable(text) + ": " + std::string(why)});
}

int HexOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Bytes that a URI may hold unescaped (RFC 3986), with a few more that clients do not escape.
bool IsPlain(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/?[]|";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '%' ||
         kOthers.find(c) != std::string_view::npos;
}

// REQUIRES: it is UTF-8.
bool IsCleanText(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}

// What is wrong with one segment; empty: nothing.
std::string_view FaultOf(std::string_view segment) {
  const std::optional<std::string> text = Unescape(segment, false);
  if (!text) return "an escape that is no text; write %XX of printable UTF-8";
  if (*text == "." || *text == "..") return "a dot segment; write the path without it";
  if (text->find_first_of("/\\") != std::string::npos)
    return "an encoded slash or a backslash, which no name here has; write the name itself";
  return {};
}

}  // namespace

std::optional<std::string> Unescape(std::string_view text, bool plus_is_space) {
  std::optional<std::string> out = UnescapeText(text, plus_is_space);
  return out && IsCleanText(*out) ? out : std::nullopt;
}

std::optional<std::string> UnescapeText(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = HexOf(text[i + 1]);
      const int low = HexOf(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!IsUtf8(out)) return std::nullopt;
  return out;
}

std::expected<Target, Refusal> ParseTarget(std::string_view text) {
  if (!text.starts_with('/'))
    return Refuse(text,
                  "it must begin with a slash; write the path alone, without scheme and host");
  if (!std::all_of(text.begin(), text.end(), IsPlain))
    return Refuse(text, "a byte that no URI has; write it as %XX");
  const std::size_t mark = text.find('?');
  const std::string_view path = text.substr(0, mark);
  Target target{.path = std::string(path), .query = {}};
  if (mark != std::string_view::npos) target.query = text.substr(mark + 1);
  std::string_view rest = path.substr(1);
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty()) return Refuse(text, "an empty segment; write one slash");
    if (const std::string_view fault = FaultOf(segment); !fault.empty()) return Refuse(text, fault);
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  return target;
}

}  // namespace fairlead::http
