#include "ca/wall.h"

#include <fmt/format.h>

namespace fairlead::ca {

std::string DayText(Wall when) {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(when));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

std::string TimeText(Wall when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::hh_mm_ss time(when - day);
  return fmt::format("{} {:02}:{:02}:{:02} UTC", DayText(when), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

}  // namespace fairlead::ca
