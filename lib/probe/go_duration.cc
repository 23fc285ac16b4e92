#include "probe/go_duration.h"

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace fairlead::probe {
namespace {

constexpr std::uint64_t kNanosecondsMost = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMicrosecond = 1'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::optional<std::uint64_t> NanosecondsOf(std::string_view unit) {
  // Both letters that stand for micro in Unicode.
  constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> kUnits = {{
      {"ns", 1},
      {"us", kMicrosecond},
      {"\u00b5s", kMicrosecond},
      {"\u03bcs", kMicrosecond},
      {"ms", kMillisecond},
      {"s", kSecond},
      {"m", 60 * kSecond},
      {"h", 3600 * kSecond},
  }};
  for (const auto& [name, nanoseconds] : kUnits)
    if (name == unit) return nanoseconds;
  return {};
}

bool IsDigitOrPoint(char c) {
  return (c >= '0' && c <= '9') || c == '.';
}

// Takes the digits in front of `rest`; nothing when they overflow.
std::optional<std::uint64_t> TakeWhole(std::string_view& rest) {
  std::uint64_t value = 0;
  for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
    if (value > kNanosecondsMost / 10) return {};
    value = value * 10 + static_cast<std::uint64_t>(rest.front() - '0');
    if (value > kNanosecondsMost) return {};
  }
  return value;
}

// The digits behind the point, as nanoseconds of `unit`. Those beyond 64 bits count for nothing.
std::uint64_t FractionOf(std::string_view digits, std::uint64_t unit) {
  std::uint64_t value = 0;
  double scale = 1;
  for (const char c : digits) {
    if (value > kNanosecondsMost / 10 - 1) break;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    scale *= 10;
  }
  return static_cast<std::uint64_t>(static_cast<double>(value) *
                                    (static_cast<double>(unit) / scale));
}

// The number and its unit in front of `rest`, in nanoseconds.
std::optional<std::uint64_t> TakePart(std::string_view& rest) {
  if (!IsDigitOrPoint(rest.front())) return {};
  const std::size_t before = rest.size();
  const std::optional<std::uint64_t> whole = TakeWhole(rest);
  if (!whole) return {};
  bool has_digits = rest.size() != before;
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = rest;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') rest.remove_prefix(1);
    fraction.remove_suffix(rest.size());
    has_digits = has_digits || !fraction.empty();
  }
  if (!has_digits) return {};
  std::size_t letters = 0;
  while (letters < rest.size() && !IsDigitOrPoint(rest[letters])) ++letters;
  const std::optional<std::uint64_t> unit = NanosecondsOf(rest.substr(0, letters));
  rest.remove_prefix(letters);
  if (!unit || *whole > kNanosecondsMost / *unit) return {};
  const std::uint64_t part = *whole * *unit + FractionOf(fraction, *unit);
  if (part > kNanosecondsMost) return {};
  return part;
}

// `value` over `unit` without zeros at its end: 1.5, 2, 0.000001.
std::string Decimal(std::uint64_t value, std::uint64_t unit) {
  std::string text = std::to_string(value / unit);
  std::string digits;
  for (std::uint64_t rest = value % unit; rest > 0; rest %= unit) {
    unit /= 10;
    digits += static_cast<char>('0' + rest / unit);
  }
  return digits.empty() ? text : text + "." + digits;
}

}  // namespace

std::optional<Duration> ParseGoDuration(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Duration(0);
  if (text.empty()) return {};
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const std::optional<std::uint64_t> part = TakePart(text);
    if (!part) return {};
    sum += *part;
    if (sum > kNanosecondsMost) return {};
  }
  const auto count = static_cast<std::int64_t>(sum);
  return Duration(is_negative ? -count : count);
}

std::string FormatGoDuration(Duration duration) {
  std::string text = duration < Duration(0) ? "-" : "";
  // Through unsigned, so that the most negative one has a size, too.
  const auto count = static_cast<std::uint64_t>(duration.count());
  const std::uint64_t size = text.empty() ? count : 0 - count;
  if (size == 0) return "0s";
  if (size < kMicrosecond) return text + std::to_string(size) + "ns";
  if (size < kMillisecond) return text + Decimal(size, kMicrosecond) + "\u00b5s";
  if (size < kSecond) return text + Decimal(size, kMillisecond) + "ms";
  const std::uint64_t minutes = size / (60 * kSecond);
  if (minutes >= 60) text += std::to_string(minutes / 60) + "h";
  if (minutes > 0) text += std::to_string(minutes % 60) + "m";
  return text + Decimal(size % (60 * kSecond), kSecond) + "s";
}

}  // namespace fairlead::probe
