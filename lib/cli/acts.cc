#include "cli/acts.h"

#include <fmt/format.h>
#include <grpcpp/client_context.h>

#include <optional>
#include <ostream>
#include <string>

#include "base/text.h"
#include "cli/deadline.h"
#include "cli/failure.h"
#include "cli/message_json.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "fairlead/admin/v1/admin.grpc.pb.h"

namespace fairlead::cli {
namespace {

namespace pb = ::fairlead::admin::v1;

template <class Request>
Request ActRequest(const Args& args) {
  Request request;
  request.set_name(args.operand);
  request.set_reason(args.reason);
  if constexpr (requires { request.set_force(true); }) request.set_force(args.force);
  return request;
}

template <class Request>
Request ScopeRequest(const Args& args) {
  Request request = ActRequest<Request>(args);
  if (!args.project.empty()) {
    request.set_name("projects/" + args.project);
  } else if (!args.service.empty()) {
    request.set_name("services/" + args.service);
  } else if (args.operand.empty()) {
    request.set_name("services/-");
  }
  return request;
}

grpc::Status Ask(const Args& args, pb::Admin::Stub& stub, pb::ActResult& result) {
  grpc::ClientContext context;
  SetDeadline(context, args.timeout);
  switch (args.verb) {
    case Verb::kRestart:
      return stub.Restart(&context, ActRequest<pb::RestartRequest>(args), &result);
    case Verb::kDrain:
      return stub.Drain(&context, ActRequest<pb::DrainRequest>(args), &result);
    case Verb::kPause:
      return stub.Pause(&context, ScopeRequest<pb::PauseRequest>(args), &result);
    case Verb::kResume:
      return stub.Resume(&context, ScopeRequest<pb::ResumeRequest>(args), &result);
    case Verb::kUndrain:
      return stub.Undrain(&context, ActRequest<pb::UndrainRequest>(args), &result);
    default:
      return stub.Evict(&context, ActRequest<pb::EvictRequest>(args), &result);
  }
}

int RunDryRun(const Args& args, const std::shared_ptr<grpc::Channel>& channel, std::ostream& out,
              std::ostream& err) {
  auto request = ActRequest<pb::DryRunRequest>(args);
  request.set_act(args.verb == Verb::kRestart   ? pb::TRIED_ACT_RESTART
                  : args.verb == Verb::kDrain   ? pb::TRIED_ACT_DRAIN
                  : args.verb == Verb::kUndrain ? pb::TRIED_ACT_UNDRAIN
                                                : pb::TRIED_ACT_EVICT);
  grpc::ClientContext context;
  SetDeadline(context, kQuestionPatience);
  pb::DryRunResult result;
  const grpc::Status status = pb::Admin::NewStub(channel)->DryRun(&context, request, &result);
  if (!status.ok()) return TellFailure(status, *channel, err);
  out << (args.output == Output::kJson ? Json(result, true)
                                       : Printable(result.outcome(), 1024) + "\n");
  return kExitDone;
}

}  // namespace

bool IsAct(Verb verb) {
  switch (verb) {
    case Verb::kRestart:
    case Verb::kDrain:
    case Verb::kUndrain:
    case Verb::kEvict:
    case Verb::kPause:
    case Verb::kResume:
      return true;
    default:
      return false;
  }
}

int RunAct(const Args& args, const std::shared_ptr<grpc::Channel>& channel, bool tells_progress,
           std::ostream& out, std::ostream& err) {
  if (args.dry_run) return RunDryRun(args, channel, out, err);
  // A pause takes no time, and is of no one replica.
  std::optional<Progress> progress;
  if (tells_progress && args.verb != Verb::kPause && args.verb != Verb::kResume)
    progress.emplace(channel, args.operand, err);
  pb::ActResult result;
  const grpc::Status status = Ask(args, *pb::Admin::NewStub(channel), result);
  progress.reset();
  if (!status.ok()) return TellFailure(status, *channel, err);
  if (args.output == Output::kJson) {
    out << Json(result, true);
    return kExitDone;
  }
  const double seconds = static_cast<double>(result.took().seconds()) +
                         static_cast<double>(result.took().nanos()) / 1e9;
  out << Printable(result.outcome(), 512) << fmt::format(" (took {:.1f}s)\n", seconds);
  return kExitDone;
}

}  // namespace fairlead::cli
