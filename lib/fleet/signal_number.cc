#include "fleet/signal_number.h"

#include <array>
#include <charconv>
#include <utility>

namespace fairlead::fleet {
namespace {

constexpr int kSignalMost = 64;
constexpr int kRealtimeFirst = 34;  // SIGRTMIN as the C library shows it

constexpr std::array<std::pair<std::string_view, int>, 18> kNames = {{{"HUP", 1},
                                                                      {"INT", 2},
                                                                      {"QUIT", 3},
                                                                      {"ILL", 4},
                                                                      {"TRAP", 5},
                                                                      {"ABRT", 6},
                                                                      {"BUS", 7},
                                                                      {"FPE", 8},
                                                                      {"KILL", 9},
                                                                      {"USR1", 10},
                                                                      {"SEGV", 11},
                                                                      {"USR2", 12},
                                                                      {"PIPE", 13},
                                                                      {"ALRM", 14},
                                                                      {"TERM", 15},
                                                                      {"CONT", 18},
                                                                      {"STOP", 19},
                                                                      {"WINCH", 28}}};

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value >= 1 && value <= kSignalMost ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<int> SignalNumber(std::string_view text) {
  if (const auto number = Number(text)) return number;
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (const auto& [name, number] : kNames) {
    if (name == text) return number;
  }
  if (text == "RTMIN") return kRealtimeFirst;
  if (text.starts_with("RTMIN+")) {
    const auto offset = Number(text.substr(6));
    if (offset && kRealtimeFirst + *offset <= kSignalMost) return kRealtimeFirst + *offset;
  }
  return std::nullopt;
}

}  // namespace fairlead::fleet
