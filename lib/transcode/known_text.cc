#include "transcode/known_text.h"

#include <chrono>
#include <cstdlib>

#include "base/text.h"
#include "base/time.h"

namespace fairlead::transcode {
namespace {

constexpr std::int64_t kFirst = -62'135'596'800;       // 0001-01-01T00:00:00Z
constexpr std::int64_t kLast = 253'402'300'799;        // 9999-12-31T23:59:59Z
constexpr std::int64_t kSecondsMax = 315'576'000'000;  // 10,000 years, as protobuf has it
constexpr std::int32_t kNanosMax = 999'999'999;

// ".5" with as many digits as are needed, by threes; empty for none.
std::string Fraction(std::int32_t nanos) {
  if (nanos == 0) return "";
  std::string digits = std::to_string(nanos);
  digits.insert(0, 9 - digits.size(), '0');
  while (digits.ends_with("000")) digits.resize(digits.size() - 3);
  return "." + digits;
}

std::string Padded(std::int64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

// Takes what it reads from the front of a text; notes what was not there.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // At least `least` digits, `most` at most.
  std::int64_t Digits(std::size_t least, std::size_t most) {
    std::int64_t number = 0;
    std::size_t count = 0;
    for (; count < most && count < rest_.size() && IsDigit(rest_[count]); ++count)
      number = number * 10 + (rest_[count] - '0');
    is_good_ = is_good_ && count >= least;
    rest_.remove_prefix(count);
    return number;
  }
  bool Take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) { is_good_ = Take(c) && is_good_; }
  std::int32_t Nanos() {
    if (!Take('.')) return 0;
    const std::size_t before = rest_.size();
    auto nanos = static_cast<std::int32_t>(Digits(1, 9));
    for (std::size_t digits = before - rest_.size(); digits < 9; ++digits) nanos *= 10;
    return nanos;
  }
  bool IsWhole() const { return is_good_ && rest_.empty(); }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
  bool is_good_ = true;
};

}  // namespace

std::optional<KnownTime> ReadTimestamp(std::string_view text) {
  using std::chrono::sys_days;
  Reader reader(text);
  const auto year = static_cast<int>(reader.Digits(4, 4));
  reader.Expect('-');
  const auto month = static_cast<unsigned>(reader.Digits(2, 2));
  reader.Expect('-');
  const auto day = static_cast<unsigned>(reader.Digits(2, 2));
  reader.Expect('T');
  const std::int64_t hours = reader.Digits(2, 2);
  reader.Expect(':');
  const std::int64_t minutes = reader.Digits(2, 2);
  reader.Expect(':');
  const std::int64_t seconds = reader.Digits(2, 2);
  const std::int32_t nanos = reader.Nanos();
  std::int64_t east = 0;
  if (!reader.Take('Z')) {
    const bool is_west = reader.Take('-');
    if (!is_west) reader.Expect('+');
    const std::int64_t zone_hours = reader.Digits(2, 2);
    reader.Expect(':');
    const std::int64_t zone_minutes = reader.Digits(2, 2);
    if (zone_hours > 23 || zone_minutes > 59) return std::nullopt;
    east = (zone_hours * 60 + zone_minutes) * (is_west ? -60 : 60);
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!reader.IsWhole() || !date.ok() || hours > 23 || minutes > 59 || seconds > 59)
    return std::nullopt;
  const std::int64_t days = sys_days(date).time_since_epoch().count();
  const std::int64_t at = ((days * 24 + hours) * 60 + minutes) * 60 + seconds - east;
  if (at < kFirst || at > kLast) return std::nullopt;
  return KnownTime{.seconds = at, .nanos = nanos};
}

std::optional<KnownTime> ReadDuration(std::string_view text) {
  Reader reader(text);
  const int sign = reader.Take('-') ? -1 : 1;
  const std::int64_t seconds = reader.Digits(1, 12);
  const std::int32_t nanos = reader.Nanos();
  reader.Expect('s');
  if (!reader.IsWhole() || seconds > kSecondsMax) return std::nullopt;
  return KnownTime{.seconds = sign * seconds, .nanos = sign * nanos};
}

std::optional<KnownTime> ReadGoDuration(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<Duration> duration = ParseDuration(text);
  if (!duration) return std::nullopt;
  const std::int64_t nanos =
      std::chrono::duration_cast<std::chrono::nanoseconds>(*duration).count() *
      (is_negative ? -1 : 1);
  return KnownTime{.seconds = nanos / 1'000'000'000,
                   .nanos = static_cast<std::int32_t>(nanos % 1'000'000'000)};
}

std::optional<std::string> TimestampText(KnownTime time) {
  if (time.seconds < kFirst || time.seconds > kLast || time.nanos < 0 || time.nanos > kNanosMax)
    return std::nullopt;
  const std::chrono::sys_seconds at{std::chrono::seconds(time.seconds)};
  const std::chrono::sys_days day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  return Padded(static_cast<int>(date.year()), 4) + "-" +
         Padded(static_cast<unsigned>(date.month()), 2) + "-" +
         Padded(static_cast<unsigned>(date.day()), 2) + "T" + Padded(clock.hours().count(), 2) +
         ":" + Padded(clock.minutes().count(), 2) + ":" + Padded(clock.seconds().count(), 2) +
         Fraction(time.nanos) + "Z";
}

std::optional<std::string> DurationText(KnownTime time) {
  const bool is_mixed =
      (time.seconds < 0 && time.nanos > 0) || (time.seconds > 0 && time.nanos < 0);
  if (time.seconds < -kSecondsMax || time.seconds > kSecondsMax || time.nanos < -kNanosMax ||
      time.nanos > kNanosMax || is_mixed)
    return std::nullopt;
  const bool is_negative = time.seconds < 0 || time.nanos < 0;
  return (is_negative ? "-" : "") + std::to_string(std::abs(time.seconds)) +
         Fraction(std::abs(time.nanos)) + "s";
}

std::string CamelCase(std::string_view path) {
  std::string out;
  bool is_up = false;
  for (const char c : path) {
    if (c == '_') {
      is_up = true;
    } else {
      out += is_up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      is_up = false;
    }
  }
  return out;
}

std::string SnakeCase(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool is_up = c >= 'A' && c <= 'Z';
    if (is_up) out += '_';
    out += is_up ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

}  // namespace fairlead::transcode
