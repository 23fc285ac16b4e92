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
  }
  return replica + ": done";
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

v1::ActResult ResultOf(fleet::OperatorVerb verb, const std::string& replica, Duration took) {
  v1::ActResult result;
  const std::string shown = Printable(replica);
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
  const std::string replica = command.replica;
  const TimePoint began = runtime::Now();
  control.Submit(std::move(command),
                 [link, under_way, verb, replica, began, &result](Result<> done) {
                   under_way->fetch_sub(1);
                   if (!done) {
                     CommandReactor::FinishOnce(*link, ToStatus(done.error()));
                     return;
                   }
                   Answer(*link, result, ResultOf(verb, replica, runtime::Now() - began));
                 });
  return reactor;
}

}  // namespace fairlead::admin
