#include "config/in_force.h"

#include <algorithm>
#include <array>
#include <set>

namespace fairlead::config {
namespace {

constexpr auto kTakenByReload =
    std::to_array<std::string_view>({"access.admins", "access.discovery", "access.operators",
                                     "access.viewers", "log.format", "log.level"});

const KeySetting* SettingOf(const Config& config, const std::string& key) {
  const auto found = config.settings.find(key);
  return found == config.settings.end() ? nullptr : &found->second;
}

// Where a key is set makes no difference, only what to.
bool IsSame(const KeySetting* left, const KeySetting* right) {
  if (left == nullptr || right == nullptr) return left == right;
  return left->exact == right->exact;
}

std::set<std::string> KeysOf(const Config& left, const Config& right) {
  std::set<std::string> keys;
  for (const Config* config : {&left, &right}) {
    for (const auto& [key, setting] : config->settings) keys.insert(key);
  }
  return keys;
}

}  // namespace

bool IsTakenByReload(std::string_view key) {
  return std::ranges::find(kTakenByReload, key) != kTakenByReload.end();
}

ReloadPlan PlanReload(const Config& running, const Config& read) {
  ReloadPlan plan;
  for (const std::string& key : KeysOf(running, read)) {
    if (IsSame(SettingOf(running, key), SettingOf(read, key))) continue;
    (IsTakenByReload(key) ? plan.taken : plan.waiting).push_back(key);
  }
  return plan;
}

std::vector<KeyInForce> InForce(const Config& running, const Config& read) {
  std::vector<KeyInForce> keys;
  for (const std::string& key : KeysOf(running, read)) {
    const KeySetting* const now = SettingOf(running, key);
    const KeySetting* const next = SettingOf(read, key);
    KeyInForce shown{.key = key,
                     .setting = now != nullptr ? *now : KeySetting(),
                     .reloads = IsTakenByReload(key)};
    if (!shown.reloads && !IsSame(now, next)) {
      shown.is_pending = true;
      shown.pending_value = next != nullptr ? next->value : "";
    }
    keys.push_back(std::move(shown));
  }
  return keys;
}

}  // namespace fairlead::config
