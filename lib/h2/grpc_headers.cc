#include "h2/grpc_headers.h"

#include <algorithm>
#include <charconv>

namespace fairlead::h2 {

namespace {

constexpr Duration kTimeoutMost = std::chrono::hours(24 * 1000);

// Digits only: from_chars would also take a minus sign.
std::optional<unsigned> Digits(std::string_view text) {
  unsigned value = 0;
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
    return {};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return {};
  return value;
}

std::optional<Duration> Unit(char unit) {
  switch (unit) {
    case 'H':
      return std::chrono::hours(1);
    case 'M':
      return std::chrono::minutes(1);
    case 'S':
      return std::chrono::seconds(1);
    case 'm':
      return std::chrono::milliseconds(1);
    case 'u':
      return std::chrono::microseconds(1);
    case 'n':
      return Duration(1);
    default:
      return {};
  }
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool IsGrpcContentType(std::string_view value) {
  constexpr std::string_view kGrpc = "application/grpc";
  if (!value.starts_with(kGrpc)) return false;
  value.remove_prefix(kGrpc.size());
  if (value.starts_with("+proto")) value.remove_prefix(6);
  return value.empty() || value.front() == ';' || value.front() == ' ';
}

std::optional<Duration> ParseTimeout(std::string_view value) {
  if (value.size() < 2 || value.size() > 9) return {};
  const std::optional<unsigned> count = Digits(value.substr(0, value.size() - 1));
  const std::optional<Duration> unit = Unit(value.back());
  if (!count || !unit) return {};
  if (*count > static_cast<std::uint64_t>(kTimeoutMost / *unit)) return kTimeoutMost;
  return *unit * *count;
}

std::string FormatTimeout(Duration timeout) {
  constexpr std::int64_t kMost = 99'999'999;  // eight digits
  const std::int64_t milliseconds = std::chrono::ceil<std::chrono::milliseconds>(timeout).count();
  if (milliseconds <= kMost) return std::to_string(std::max<std::int64_t>(milliseconds, 1)) + "m";
  return std::to_string(std::min((milliseconds + 999) / 1000, kMost)) + "S";
}

std::optional<Code> ParseStatus(std::string_view value) {
  const std::optional<unsigned> number = value.size() <= 2 ? Digits(value) : std::nullopt;
  if (!number || *number > static_cast<unsigned>(Code::kUnauthenticated)) return {};
  return static_cast<Code>(*number);
}

std::string PercentEncode(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte <= 0x7E && c != '%';
    if (out.size() + (plain ? 1 : 3) > bytes_max) break;
    if (plain) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

std::string PercentDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low < 0) {
      out.push_back(text[i]);
    } else {
      out.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    }
  }
  return out;
}

}  // namespace fairlead::h2
