#include "admin/command_call.h"

#include <chrono>
#include <string>
#include <utility>

#include "admin/late_answer.h"
#include "admin/status_code.h"
#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::admin {
namespace {

std::string OutcomeSentence(fleet::OperatorVerb verb, const std::string& replica) {
  switch (verb) {
    case fleet::OperatorVerb::kRestart:
      return replica + " was restarted and is ready again";
    case fleet::OperatorVerb::kDrain:
      return replica + " is drained: out of rotation until it is undrained";
    case fleet::OperatorVerb::kUndrain:
      return replica + " is undrained: it takes part again as soon as it is ready";
    case fleet::OperatorVerb::kEvict:
      return replica + " is evicted: drained, stopped and left stopped";
    case fleet::OperatorVerb::kPause:
      return "repairs of " + replica + " are paused until they are resumed; all else goes on";
    case fleet::OperatorVerb::kResume:
      return "repairs of " + replica +
             " are resumed; `fairlead status` shows the pauses that are left";
  }
  return replica + ": done";
}

// What the command is about, as people read it.
std::string TargetText(const fleet::OperatorCommand& command) {
  switch (command.scope) {
    case fleet::PauseScope::kHost:
      return "this host";
    case fleet::PauseScope::kProject:
      return "project " + Printable(command.replica);
    case fleet::PauseScope::kService:
      return "service " + Printable(command.replica);
    case fleet::PauseScope::kReplica:
      break;
  }
  return Printable(command.replica);
}

v1::ActResult ResultOf(fleet::OperatorVerb verb, const std::string& shown, Duration took) {
  v1::ActResult result;
  result.set_replica(shown);
  result.set_outcome(OutcomeSentence(verb, shown));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(took);
  result.mutable_took()->set_seconds(seconds.count());
  result.mutable_took()->set_nanos(static_cast<std::int32_t>((took - seconds).count()));
  return result;
}

}  // namespace

grpc::ServerUnaryReactor* StartCommand(controller::Control& control, fleet::OperatorCommand command,
                                       v1::ActResult& result,
                                       std::shared_ptr<std::atomic<int>> under_way) {
  const LateAnswer<v1::ActResult> answer(result, "the caller stopped waiting; the act goes on");
  if (under_way->fetch_add(1) >= kCommandsMax) {
    under_way->fetch_sub(1);
    answer.Fail(ToStatus({.code = Code::kResourceExhausted,
                          .message = "64 commands are under way already; try again in a moment",
                          .reason = reasons::kTooManyCommands}));
    return answer.reactor();
  }
  const auto verb = command.verb;
  const std::string target = TargetText(command);
  const TimePoint began = runtime::Now();
  control.Submit(std::move(command), [answer, under_way, verb, target, began](Result<> done) {
    under_way->fetch_sub(1);
    if (!done) {
      answer.Fail(ToStatus(done.error()));
      return;
    }
    answer.Succeed(ResultOf(verb, target, runtime::Now() - began));
  });
  return answer.reactor();
}

grpc::ServerUnaryReactor* StartTrial(controller::Control& control, fleet::OperatorCommand command,
                                     v1::DryRunResult& result) {
  const LateAnswer<v1::DryRunResult> answer(result, "the caller stopped waiting");
  const std::string target = TargetText(command);
  control.TryOut(std::move(command), [answer, target](const Result<fleet::TrialRun>& trial) {
    if (!trial) {
      answer.Fail(ToStatus(trial.error()));
      return;
    }
    v1::DryRunResult told;
    told.set_replica(target);
    told.set_outcome(trial->text);
    answer.Succeed(std::move(told));
  });
  return answer.reactor();
}

}  // namespace fairlead::admin
