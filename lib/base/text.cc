#include "base/text.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/utf8.h"

namespace fairlead {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// From large to small; "ms" stands before "m" because the longer name wins when reading.
constexpr std::array<Unit, 6> kUnits = {{{"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};
constexpr std::int64_t kDurationMax = 1'000 * kUnits[0].nanoseconds;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits from the front of `text`; nothing when there are none or too many to be sane.
std::optional<std::int64_t> TakeDigits(std::string_view& text, std::size_t& digits) {
  std::int64_t value = 0;
  digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) {
    if (digits == 15) return std::nullopt;
    value = value * 10 + (text[digits] - '0');
    ++digits;
  }
  text.remove_prefix(digits);
  return value;
}

// The value of one number-and-unit group, e.g. "1.5s", in nanoseconds.
std::optional<std::int64_t> TakeGroup(std::string_view& text, std::size_t& unit_from) {
  std::size_t whole_digits = 0;
  std::size_t fraction_digits = 0;
  const auto whole = TakeDigits(text, whole_digits);
  std::optional<std::int64_t> fraction = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = TakeDigits(text, fraction_digits);
    if (fraction_digits == 0) return std::nullopt;
  }
  if (!whole || !fraction || whole_digits == 0) return std::nullopt;
  std::size_t letters = 0;
  while (letters < text.size() && text[letters] >= 'a' && text[letters] <= 'z') ++letters;
  const std::string_view name = text.substr(0, letters);
  text.remove_prefix(letters);
  for (std::size_t i = unit_from; i < kUnits.size(); ++i) {
    if (kUnits[i].name != name) continue;
    unit_from = i + 1;
    if (*whole > kDurationMax / kUnits[i].nanoseconds) return std::nullopt;
    // Six digits keep the product of the largest unit and the fraction inside 64 bits.
    if (fraction_digits > 6) return std::nullopt;
    std::int64_t scale = 1;
    for (std::size_t d = 0; d < fraction_digits; ++d) scale *= 10;
    const std::int64_t scaled = kUnits[i].nanoseconds * *fraction;
    if (scaled % scale != 0) return std::nullopt;  // finer than a nanosecond
    const std::int64_t nanoseconds = *whole * kUnits[i].nanoseconds + scaled / scale;
    return nanoseconds;
  }
  return std::nullopt;
}

// Bidirectional and line separators that make a terminal show something else than is there.
bool IsDeceptive(std::string_view sequence) {
  const auto last = static_cast<unsigned char>(sequence.back());
  if (sequence.starts_with("\xE2\x80")) {  // U+200B..U+200F, U+2028..U+202E
    return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
  }
  if (sequence.starts_with("\xE2\x81")) return last >= 0xA6 && last <= 0xA9;  // U+2066..U+2069
  return sequence.size() == 2 && sequence[0] == '\xC2' && last < 0xA0;        // C1 controls
}

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t unit_from = 0;
  while (!text.empty()) {
    const auto group = TakeGroup(text, unit_from);
    if (!group) return std::nullopt;
    total += *group;
    if (total > kDurationMax) return std::nullopt;
  }
  return Duration(total);
}

std::string FormatDuration(Duration duration) {
  std::int64_t left = duration.count();
  if (left == 0) return "0s";
  std::string text;
  if (left < 0) {
    text = "-";
    left = -left;
  }
  for (const Unit& unit : kUnits) {
    if (left < unit.nanoseconds) continue;
    text += fmt::format("{}{}", left / unit.nanoseconds, unit.name);
    left %= unit.nanoseconds;
  }
  return text;
}

std::optional<int> ParsePercent(std::string_view text) {
  if (text.size() < 2 || text.size() > 4 || text.back() != '%') return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!IsDigit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value <= 100 ? std::optional(value) : std::nullopt;
}

std::string Printable(std::string_view text, std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    std::string piece;
    if (length == 0) {
      piece = fmt::format("\\x{:02x}", lead);
      text.remove_prefix(1);
    } else {
      const std::string_view sequence = text.substr(0, length);
      if ((length == 1 && (lead < 0x20 || lead == 0x7F)) || (length > 1 && IsDeceptive(sequence))) {
        for (const char c : sequence)
          piece += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      } else {
        piece = sequence;
      }
      text.remove_prefix(length);
    }
    if (out.size() + piece.size() > bytes_max) return out + "...";
    out += piece;
  }
  return out;
}

}  // namespace fairlead
