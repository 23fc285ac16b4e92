// Target: the path and query of a request, checked as text. Pure.
//
// Why strict: two programs that read one path differently are how a check is walked around, so what
// can be read in two ways is refused: dot segments, empty segments, an encoded slash, backslash,
// NUL or control byte, half an escape, bytes that are no UTF-8, the absolute form.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/refusal.h"

namespace fairlead::http {

struct Target {
  std::string path;
  std::string query;
};

std::expected<Target, Refusal> ParseTarget(std::string_view text);

// The text that a percent-encoded one stands for; `plus_is_space` as in forms. Nothing for half an
// escape, a control byte or what is no UTF-8.
std::optional<std::string> Unescape(std::string_view text, bool plus_is_space);
// The same for a value, which may have lines and other control bytes.
std::optional<std::string> UnescapeText(std::string_view text, bool plus_is_space);

}  // namespace fairlead::http
