#include "store/records.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::store {
namespace {

template <class Kind, std::size_t n>
using Words = std::array<std::pair<Kind, std::string_view>, n>;

constexpr Words<fleet::ActKind, 3> kActKinds = {{{fleet::ActKind::kRestart, "restart"},
                                                 {fleet::ActKind::kStart, "start"},
                                                 {fleet::ActKind::kStop, "stop"}}};
constexpr Words<fleet::ActState, 4> kActStates = {{{fleet::ActState::kPermitted, "permitted"},
                                                   {fleet::ActState::kSucceeded, "succeeded"},
                                                   {fleet::ActState::kFailed, "failed"},
                                                   {fleet::ActState::kDropped, "dropped"}}};
constexpr Words<fleet::IntentKind, 3> kIntentKinds = {{{fleet::IntentKind::kNone, "none"},
                                                       {fleet::IntentKind::kDrained, "drained"},
                                                       {fleet::IntentKind::kEvicted, "evicted"}}};
constexpr Words<fleet::PauseScope, 4> kPauseScopes = {{{fleet::PauseScope::kHost, "host"},
                                                       {fleet::PauseScope::kProject, "project"},
                                                       {fleet::PauseScope::kService, "service"},
                                                       {fleet::PauseScope::kReplica, "replica"}}};

template <class Kind, std::size_t n>
std::string_view Find(const Words<Kind, n>& words, Kind kind) {
  for (const auto& [value, word] : words) {
    if (value == kind) return word;
  }
  return "";
}

template <class Kind, std::size_t n>
std::optional<Kind> Find(const Words<Kind, n>& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view WordFor(fleet::ActKind kind) {
  return Find(kActKinds, kind);
}
std::string_view WordFor(fleet::ActState state) {
  return Find(kActStates, state);
}
std::string_view WordFor(fleet::IntentKind kind) {
  return Find(kIntentKinds, kind);
}

std::string_view WordFor(fleet::PauseScope scope) {
  return Find(kPauseScopes, scope);
}

std::optional<fleet::ActKind> ActKindFrom(std::string_view word) {
  return Find(kActKinds, word);
}
std::optional<fleet::ActState> ActStateFrom(std::string_view word) {
  return Find(kActStates, word);
}
std::optional<fleet::IntentKind> IntentKindFrom(std::string_view word) {
  return Find(kIntentKinds, word);
}
std::optional<fleet::PauseScope> PauseScopeFrom(std::string_view word) {
  return Find(kPauseScopes, word);
}

ClockReading ClockReading::Take() {
  const TimePoint now = runtime::Now();
  return {.monotonic = now, .wall_nanoseconds = runtime::ToWall(now).time_since_epoch().count()};
}

std::int64_t ClockReading::ToWall(TimePoint when) const {
  return wall_nanoseconds + (when - monotonic).count();
}

TimePoint ClockReading::FromWall(std::int64_t wall) const {
  // Also keeps the difference of any two numbers of a damaged row inside 64 bits.
  const std::int64_t past = std::clamp<std::int64_t>(wall, 0, wall_nanoseconds);
  return monotonic - Duration(wall_nanoseconds - past);
}

}  // namespace fairlead::store
