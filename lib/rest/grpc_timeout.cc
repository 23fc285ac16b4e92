#include "rest/grpc_timeout.h"

#include <charconv>
#include <cstdint>

namespace fairlead::rest {
namespace {

// The longest that is told on; it also keeps hours within 64 bits of nanoseconds.
constexpr Duration kTimeoutMax = std::chrono::hours(24);

std::optional<Duration> UnitOf(char unit) {
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
      return std::chrono::nanoseconds(1);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Duration> ParseGrpcTimeout(std::string_view text) {
  constexpr std::size_t kDigitsMax = 8;
  if (text.size() < 2 || text.size() > kDigitsMax + 1) return std::nullopt;
  const std::optional<Duration> unit = UnitOf(text.back());
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (!unit || error != std::errc() || stop != end) return std::nullopt;
  return number > kTimeoutMax / *unit ? kTimeoutMax : *unit * number;
}

}  // namespace fairlead::rest
