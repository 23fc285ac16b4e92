#include "access/refusal_budget.h"

#include <chrono>
#include <utility>

namespace fairlead::access {

std::optional<std::uint64_t> RefusalBudget::Take(const std::string& account, TimePoint now) {
  if (!std::exchange(has_begun_, true) || now - hour_began_ >= std::chrono::hours(1)) {
    hour_began_ = now;
    told_ = 0;
    told_of_.clear();
  }
  const auto of_account = told_of_.find(account);
  const bool is_spent = told_ >= kPerHourMax ||
                        (of_account != told_of_.end() && of_account->second >= kPerAccountHourMax);
  if (is_spent) {
    ++untold_;
    return std::nullopt;
  }
  ++told_;
  ++told_of_[account];
  return std::exchange(untold_, 0);
}

}  // namespace fairlead::access
