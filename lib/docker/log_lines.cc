#include "docker/log_lines.h"

#include <algorithm>
#include <deque>
#include <optional>

namespace fairlead::docker {
namespace {

constexpr std::size_t kHeadBytes = 8;
constexpr std::string_view kZeros("\0\0\0", 3);

// The length of the piece that `head` begins; nothing when it is no header.
std::optional<std::size_t> PieceBytes(std::string_view head) {
  const bool is_head =
      head.size() >= kHeadBytes && head[0] >= 0 && head[0] <= 2 && head.substr(1, 3) == kZeros;
  if (!is_head) return std::nullopt;
  std::size_t bytes = 0;
  for (const char c : head.substr(4, 4)) bytes = bytes << 8 | static_cast<unsigned char>(c);
  return bytes;
}

// Without the headers; as it is, when it does not begin with one.
std::string Unframed(std::string_view body) {
  if (!PieceBytes(body)) return std::string(body);
  std::string text;
  while (const auto bytes = PieceBytes(body)) {
    body.remove_prefix(kHeadBytes);
    const std::string_view piece = body.substr(0, *bytes);
    text += piece;
    body.remove_prefix(piece.size());
  }
  return text;
}

}  // namespace

std::vector<std::string> LogLines(std::string_view body, LogLimits limits) {
  const std::string whole = Unframed(body);
  std::string_view text = whole;
  std::deque<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line.substr(0, limits.line_bytes_max));
    if (lines.size() > limits.lines_max) lines.pop_front();
  }
  return {lines.begin(), lines.end()};
}

}  // namespace fairlead::docker
