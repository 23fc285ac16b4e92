// SignalNumber: "15", "TERM" and "SIGTERM" are one signal.
//
// Why: the engine writes numbers into kill events and names into a container's config.
#pragma once

#include <optional>
#include <string_view>

namespace fairlead::fleet {

// Linux numbers (signal(7), x86 and ARM). Nothing for what is no signal there.
std::optional<int> SignalNumber(std::string_view text);

inline constexpr int kSignalInt = 2;
inline constexpr int kSignalKill = 9;
inline constexpr int kSignalTerm = 15;

}  // namespace fairlead::fleet
