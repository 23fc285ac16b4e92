// The configuration as it is in force, key by key, and what a reload of it can take. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace fairlead::config {

struct KeyInForce {
  std::string key;
  KeySetting setting;
  bool reloads = false;  // a reload takes it; else it needs a restart
  // What was read since and waits for a restart.
  bool is_pending = false;
  std::string pending_value = {};
  bool operator==(const KeyInForce&) const = default;
};

// Whether the daemon takes a new value of the key while it runs.
bool IsTakenByReload(std::string_view key);

// What a reload changes, by key.
struct ReloadPlan {
  std::vector<std::string> taken;
  std::vector<std::string> waiting;  // for a restart
};
ReloadPlan PlanReload(const Config& running, const Config& read);

// Every key of the two, by name. `running` is in force; `read` is what was read last, and is the
// same until a reload found something else.
std::vector<KeyInForce> InForce(const Config& running, const Config& read);

}  // namespace fairlead::config
