#include "cli/rfc3339.h"

#include <chrono>

namespace fairlead::cli {
namespace {

// What is left of a text that is read from its front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `digits` digits.
  std::optional<int> Number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool IsDigit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool IsAtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<std::int32_t> Fraction(Reader& reader) {
  std::int32_t nanoseconds = 0;
  std::int32_t unit = 100'000'000;
  if (!reader.IsDigit()) return std::nullopt;
  for (; reader.IsDigit(); unit /= 10) {
    if (unit == 0) return std::nullopt;
    nanoseconds += *reader.Number(1) * unit;
  }
  return nanoseconds;
}

// Seconds east of Greenwich.
std::optional<int> Zone(Reader& reader) {
  if (reader.Take('Z') || reader.Take('z')) return 0;
  const bool is_west = reader.Take('-');
  if (!is_west && !reader.Take('+')) return std::nullopt;
  const auto hours = reader.Number(2);
  if (!hours || *hours > 23 || !reader.Take(':')) return std::nullopt;
  const auto minutes = reader.Number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int seconds = (*hours * 60 + *minutes) * 60;
  return is_west ? -seconds : seconds;
}

}  // namespace

std::optional<UnixTime> ParseRfc3339(std::string_view text) {
  Reader reader(text);
  const auto year = reader.Number(4);
  if (!year || !reader.Take('-')) return std::nullopt;
  const auto month = reader.Number(2);
  if (!month || !reader.Take('-')) return std::nullopt;
  const auto day = reader.Number(2);
  if (!day || !(reader.Take('T') || reader.Take('t') || reader.Take(' '))) return std::nullopt;
  const auto hour = reader.Number(2);
  if (!hour || *hour > 23 || !reader.Take(':')) return std::nullopt;
  const auto minute = reader.Number(2);
  if (!minute || *minute > 59 || !reader.Take(':')) return std::nullopt;
  const auto second = reader.Number(2);
  if (!second || *second > 60) return std::nullopt;
  std::int32_t nanoseconds = 0;
  if (reader.Take('.')) {
    const auto fraction = Fraction(reader);
    if (!fraction) return std::nullopt;
    nanoseconds = *fraction;
  }
  const auto zone = Zone(reader);
  if (!zone || !reader.IsAtEnd()) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return UnixTime{.seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + *second - *zone,
                  .nanoseconds = nanoseconds};
}

}  // namespace fairlead::cli
