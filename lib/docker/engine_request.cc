#include "docker/engine_request.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/text.h"
#include "docker/requests.h"
#include "docker/running_list.h"
#include "docker/wire.h"

namespace fairlead::docker {
namespace {

constexpr std::size_t kShownIdBytesMax = 64;

Result<RequestLine> Refused(const EngineRequest& request, std::string_view why) {
  return Fail(Code::kInvalidArgument, fmt::format("{}: {}", DoingOf(request), why));
}

Result<RequestLine> LineWith(bool is_post, Result<std::string> target) {
  if (!target) return std::unexpected(std::move(target.error()));
  return RequestLine{.is_post = is_post, .target = *std::move(target)};
}

Result<RequestLine> ActLine(const EngineRequest& request, Act act) {
  if (request.stop_timeout && *request.stop_timeout > kStopTimeoutMax)
    return Refused(request, "no engine is given more than a day for a stop");
  return LineWith(true, ActTarget(request.version, request.id, act, request.stop_timeout));
}

}  // namespace

Result<RequestLine> LineOf(const EngineRequest& request) {
  if (request.verb == Verb::kPing) return RequestLine{.target = "/_ping"};
  if (request.version < kApiVersionMin || request.version > kApiVersionMax)
    return Refused(request, "no API version that we speak");
  switch (request.verb) {
    case Verb::kPing:
      break;
    case Verb::kInfo:
      return RequestLine{.target = InfoTarget(request.version)};
    case Verb::kList:
      if (request.label >= std::size(kOptInLabels)) return Refused(request, "no opt-in label");
      return RequestLine{.target = ListTarget(request.version, kOptInLabels[request.label])};
    case Verb::kListRunning:
      return RequestLine{.target = RunningTarget(request.version)};
    case Verb::kEvents:
      return RequestLine{.target = EventsTarget(request.version, request.since_ns)};
    case Verb::kInspect:
      return LineWith(false, InspectTarget(request.version, request.id));
    case Verb::kLogs:
      if (request.lines_max > kLogLinesMax) return Refused(request, "too many lines");
      return LineWith(false, LogsTarget(request.version, request.id, request.lines_max));
    case Verb::kStart: {
      EngineRequest bare = request;  // a start has no time
      bare.stop_timeout.reset();
      return ActLine(bare, Act::kStart);
    }
    case Verb::kStop:
      return ActLine(request, Act::kStop);
    case Verb::kRestart:
      return ActLine(request, Act::kRestart);
    case Verb::kKill:
      return LineWith(true, KillTarget(request.version, request.id, request.signal));
  }
  return Refused(request, "no such verb");
}

std::string DoingOf(const EngineRequest& request) {
  const auto of_container = [&](std::string_view verb) {
    return fmt::format("{} container {}", verb, Printable(request.id.value, kShownIdBytesMax));
  };
  switch (request.verb) {
    case Verb::kPing:
      return "ping the engine";
    case Verb::kInfo:
      return "ask the engine about itself";
    case Verb::kList:
      return "list containers";
    case Verb::kListRunning:
      return "list running containers";
    case Verb::kEvents:
      return "watch engine events";
    case Verb::kInspect:
      return of_container("inspect");
    case Verb::kLogs:
      return of_container("read the log of");
    case Verb::kStart:
      return of_container("start");
    case Verb::kStop:
      return of_container("stop");
    case Verb::kRestart:
      return of_container("restart");
    case Verb::kKill:
      return of_container("kill");
  }
  return "ask the engine";
}

}  // namespace fairlead::docker
