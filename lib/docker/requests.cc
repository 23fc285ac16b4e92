#include "docker/requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace fairlead::docker {
namespace {

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Engines ignore words they do not know. "died" and "remove" are Podman's for "die" and "destroy".
// The presence of health_status makes the engine match all of these as prefixes, which is harmless.
constexpr std::array<std::string_view, 17> kActions = {
    "create",        "start",   "restart", "stop",    "die",       "died",
    "kill",          "oom",     "pause",   "unpause", "rename",    "update",
    "health_status", "destroy", "remove",  "connect", "disconnect"};

std::string EventFilters() {
  std::string actions;
  for (const std::string_view action : kActions) {
    actions += fmt::format("{}\"{}\"", actions.empty() ? "" : ",", action);
  }
  return fmt::format(R"({{"type":["container","network"],"event":[{}]}})", actions);
}

Result<std::string> ContainerTarget(ApiVersion version, const ContainerId& id,
                                    std::string_view rest) {
  if (!IsContainerId(id.value)) {
    return Fail(Code::kInvalidArgument,
                fmt::format("ask the engine: \"{}\" is no container id", Printable(id.value, 80)));
  }
  return fmt::format("/v{}/containers/{}/{}", version.Text(), id.value, rest);
}

std::string_view WordOf(Act act) {
  switch (act) {
    case Act::kStart:
      return "start";
    case Act::kStop:
      return "stop";
    case Act::kRestart:
      break;
  }
  return "restart";
}

}  // namespace

bool IsContainerId(std::string_view id) {
  constexpr std::size_t kIdBytesMax = 128;
  return !id.empty() && id.size() <= kIdBytesMax && IsAlphanumeric(id.front()) &&
         std::ranges::all_of(
             id, [](char c) { return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

std::string UrlEncoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string ListTarget(ApiVersion version, std::string_view label) {
  return fmt::format("/v{}/containers/json?all=1&filters={}", version.Text(),
                     UrlEncoded(fmt::format(R"({{"label":["{}"]}})", label)));
}

std::string EventsTarget(ApiVersion version, std::int64_t since_ns) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::int64_t since = std::max<std::int64_t>(since_ns, 0);
  return fmt::format("/v{}/events?since={}.{:09}&filters={}", version.Text(),
                     since / kNanosecondsPerSecond, since % kNanosecondsPerSecond,
                     UrlEncoded(EventFilters()));
}

std::string InfoTarget(ApiVersion version) {
  return fmt::format("/v{}/info", version.Text());
}

Result<std::string> InspectTarget(ApiVersion version, const ContainerId& id) {
  return ContainerTarget(version, id, "json");
}

Result<std::string> ActTarget(ApiVersion version, const ContainerId& id, Act act,
                              std::optional<Duration> stop_timeout) {
  std::string rest(WordOf(act));
  if (stop_timeout) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*stop_timeout);
    rest += fmt::format("?t={}", std::max<std::int64_t>(seconds.count(), 0));
  }
  return ContainerTarget(version, id, rest);
}

Result<std::string> LogsTarget(ApiVersion version, const ContainerId& id, int lines_max) {
  return ContainerTarget(version, id, fmt::format("logs?stdout=1&stderr=1&tail={}", lines_max));
}

Result<std::string> KillTarget(ApiVersion version, const ContainerId& id, std::string_view signal) {
  constexpr std::size_t kSignalBytesMax = 16;
  const bool is_signal =
      !signal.empty() && signal.size() <= kSignalBytesMax &&
      std::ranges::all_of(signal, [](char c) { return IsAlphanumeric(c) || c == '+' || c == '-'; });
  if (!is_signal) {
    return Fail(Code::kInvalidArgument,
                fmt::format("kill container: \"{}\" is no signal", Printable(signal, 32)));
  }
  return ContainerTarget(version, id, fmt::format("kill?signal={}", UrlEncoded(signal)));
}

}  // namespace fairlead::docker
