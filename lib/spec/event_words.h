// The words for kinds of events, in one place for the core that makes them, the journal that keeps
// them and the configuration that chooses among them. Stable: people write them in filters.
#pragma once

#include <array>
#include <string_view>

namespace fairlead::spec {

// In the order of fleet::NoteKind.
inline constexpr std::array<std::string_view, 18> kEventWords = {
    "phase-changed",    "brake-changed",     "replica-seen",     "replica-gone",
    "rotation-changed", "readiness-changed", "liveness-changed", "presence-changed",
    "repair-changed",   "act-permitted",     "act-finished",     "view-published",
    "intent-changed",   "pause-changed",     "diagnostic",       "command-answered",
    "callers-cut",      "access-refused"};

}  // namespace fairlead::spec
