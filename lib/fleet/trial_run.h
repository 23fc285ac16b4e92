// TrialRun: what a command of a person would do, told without doing it.
#pragma once

#include <string>

namespace fairlead::fleet {

struct TrialRun {
  std::string replica;  // "user-service.shop/2"
  // One sentence: what would be done with it, for how long, and what it would leave to callers.
  std::string text;
};

}  // namespace fairlead::fleet
