// CallLoad: the calls to a service or a replica as those who make them report it, all together.
//
// Why: discovery adds it up and the API shows it, and neither knows the other. A value.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace fairlead::spec {

struct CallLoad {
  std::uint64_t clients = 0;      // whose last report names it
  std::uint64_t in_progress = 0;  // when these reports were made
  // Calls per second, by the intervals that these reports are of, added up.
  double issued_per_second = 0;
  double failed_per_second = 0;
  double dropped_per_second = 0;  // by the clients themselves, before they chose a replica
  TimePoint told_at{};            // when the newest of them came
  bool operator==(const CallLoad&) const = default;
};

}  // namespace fairlead::spec
