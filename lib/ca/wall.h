// Time as certificates know it: seconds since 1970, by a clock that people may set.
//
// Threads: any; a value.
#pragma once

#include <chrono>
#include <string>

namespace fairlead::ca {

using Wall = std::chrono::sys_seconds;

// From when on until when something is good; `end` itself is too late, as OpenSSL reads notAfter.
struct Span {
  Wall begin{};
  Wall end{};

  bool Holds(Wall now) const { return begin <= now && now < end; }
  bool operator==(const Span&) const = default;
};

// "2026-11-27", "2026-11-27 17:00:00 UTC".
std::string DayText(Wall when);
std::string TimeText(Wall when);

}  // namespace fairlead::ca
