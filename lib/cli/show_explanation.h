// ShowExplanation: why a replica or a service is as it is, as people read it. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "cli/show.h"

namespace fairlead::cli {

// A replica in full, or the replicas of a service in short; lines of at most 100 columns. `now`:
// seconds since 1970.
std::string ShowExplanation(const pb::Explanation& explanation, std::int64_t now, TableStyle style);

}  // namespace fairlead::cli
