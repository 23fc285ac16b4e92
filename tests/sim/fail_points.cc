#include "sim/fail_points.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

namespace fairlead::sim {
namespace {

std::string_view StateName(fleet::ActState state) {
  switch (state) {
    case fleet::ActState::kPermitted:
      return "permitted";
    case fleet::ActState::kSucceeded:
      return "succeeded";
    case fleet::ActState::kFailed:
      return "failed";
    case fleet::ActState::kDropped:
      return "dropped";
  }
  return "";
}

std::string_view IntentName(fleet::IntentKind kind) {
  switch (kind) {
    case fleet::IntentKind::kNone:
      return "withdrawn";
    case fleet::IntentKind::kDrained:
      return "drained";
    case fleet::IntentKind::kEvicted:
      return "evicted";
  }
  return "";
}

std::string OccasionOf(const fleet::Record& record) {
  if (const auto* entry = std::get_if<fleet::LedgerEntry>(&record)) {
    const std::string_view kind = fleet::ActKindName(entry->kind);
    const std::string_view by = entry->by_operator ? "operator" : "repair";
    return entry->state == fleet::ActState::kPermitted
               ? fmt::format("permit {} by {}", kind, by)
               : fmt::format("{} {}", kind, StateName(entry->state));
  }
  if (const auto* pause = std::get_if<fleet::Pause>(&record))
    return pause->is_withdrawn ? "resume" : "pause";
  if (const auto* life = std::get_if<fleet::StoppedLife>(&record))
    return life->is_withdrawn ? "stop forgotten" : "stop remembered";
  return fmt::format("intent {}", IntentName(std::get<fleet::Intent>(record).kind));
}

}  // namespace

bool FailPoints::Reach(const std::string& point) {
  reached_.insert(point);
  return point == dies_at_ && !std::exchange(has_died_, true);
}

std::string OccasionOf(const fleet::Effects& effects) {
  if (!effects.acts.empty())
    return fmt::format("order {}", fleet::ActKindName(effects.acts.front().kind));
  if (!effects.records.empty()) return OccasionOf(effects.records.front());
  return effects.views.empty() ? "" : "list";
}

}  // namespace fairlead::sim
