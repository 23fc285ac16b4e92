#include "admin/command_call.h"

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

#include "admin/status_code.h"
#include "base/text.h"

namespace fairlead::admin {
namespace {

std::string OutcomeSentence(fleet::OperatorVerb verb, const std::string& replica) {
  switch (verb) {
    case fleet::OperatorVerb::kRestart:
      return replica + " was restarted and is back in rotation";
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

class CommandReactor;

// The part that both ends share. The daemon may answer after the call, and even the server, is
// gone.
struct Link {
  std::mutex mutex;
  CommandReactor* reactor = nullptr;  // null once the call is finished
};

class CommandReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit CommandReactor(std::shared_ptr<Link> link) : link_(std::move(link)) {
    link_->reactor = this;
  }

  void OnCancel() override {
    FinishOnce(*link_, grpc::Status(grpc::StatusCode::CANCELLED,
                                    "the caller stopped waiting; the act goes on"));
  }
  void OnDone() override { delete this; }

  // Takes the reactor under the lock and finishes it outside, because Finish may call back.
  static void FinishOnce(Link& link, const grpc::Status& status) {
    CommandReactor* reactor = nullptr;
    {
      const std::lock_guard lock(link.mutex);
      reactor = std::exchange(link.reactor, nullptr);
    }
    if (reactor != nullptr) reactor->Finish(status);
  }

 private:
  const std::shared_ptr<Link> link_;
};

// Fills the result while the call is known to be alive, then finishes it.
void Answer(Link& link, v1::ActResult& result, const v1::ActResult& filled) {
  CommandReactor* reactor = nullptr;
  {
    const std::lock_guard lock(link.mutex);
    reactor = std::exchange(link.reactor, nullptr);
  }
  if (reactor == nullptr) return;
  result = filled;
  reactor->Finish(grpc::Status::OK);
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
  auto link = std::make_shared<Link>();
  auto* reactor = new CommandReactor(link);
  if (under_way->fetch_add(1) >= kCommandsMax) {
    under_way->fetch_sub(1);
    CommandReactor::FinishOnce(
        *link, ToStatus({Code::kResourceExhausted, "64 commands are under way already"}));
    return reactor;
  }
  const auto verb = command.verb;
  const std::string target = TargetText(command);
  const TimePoint began = runtime::Now();
  control.Submit(std::move(command),
                 [link, under_way, verb, target, began, &result](Result<> done) {
                   under_way->fetch_sub(1);
                   if (!done) {
                     CommandReactor::FinishOnce(*link, ToStatus(done.error()));
                     return;
                   }
                   Answer(*link, result, ResultOf(verb, target, runtime::Now() - began));
                 });
  return reactor;
}

}  // namespace fairlead::admin
