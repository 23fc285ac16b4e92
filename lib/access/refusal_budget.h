// RefusalBudget: which refusals are told one by one. Pure.
//
// Why: whoever can be refused can be so a thousand times a second, and the journal keeps 30 days in
// 64 MiB: sixty events an hour are some 20 MiB of that at most. One caller has a sixth of them, so
// that it hides nobody else. What is not told is counted, and the next that is told says how many.
// Threads: none; its owner's.
// Invariant: at most kPerHourMax accounts are kept.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace fairlead::access {

class RefusalBudget {
 public:
  static constexpr int kPerHourMax = 60;
  static constexpr int kPerAccountHourMax = 10;

  // Nothing: do not tell this one. Else how many were not told since the last that was.
  std::optional<std::uint64_t> Take(const std::string& account, TimePoint now);

 private:
  TimePoint hour_began_{};
  bool has_begun_ = false;
  int told_ = 0;
  std::map<std::string, int> told_of_;
  std::uint64_t untold_ = 0;
};

}  // namespace fairlead::access
