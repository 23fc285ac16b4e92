#include "own_process.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace fairlead::daemon {

Result<confine::KeptChild> StartProcess(const OwnProcess& process,
                                        std::function<int(int pair)> work, telemetry::Logger& log) {
  // In a keeper.
  const auto tell = [process, &log](const std::string& how, Duration pause) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
    log.Warning(fmt::format("the process that {} has ended; another takes its place", process.does),
                {{"how", how}, {"in_ms", std::to_string(ms)}});
  };
  return confine::KeptChild::Start(
      {.name = std::string(process.name), .work = std::move(work), .died = tell});
}

void WarnUnless(const Result<>& done, std::string_view process, telemetry::Logger& log) {
  if (!done)
    log.Warning("a process of ours keeps what it does not need",
                {{"process", process}, {"reason", done.error().message}});
}

}  // namespace fairlead::daemon
