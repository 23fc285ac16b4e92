// CommandCall: one operator's command from its request to its answer.
//
// A caller who stops waiting stops only the waiting: the act goes on (late_answer.h).
// Threads: the answer comes on the controller's thread, the cancellation on gRPC's.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>

#include "controller/control.h"
#include "fairlead/admin/v1/admin.pb.h"

namespace fairlead::admin {

// Commands under way at once; more is a script gone wild, not a person.
inline constexpr int kCommandsMax = 64;

// Submits `command` and answers `result` with its outcome. `under_way` counts the commands that the
// daemon has not answered; it may outlive the service.
grpc::ServerUnaryReactor* StartCommand(controller::Control& control, fleet::OperatorCommand command,
                                       v1::ActResult& result,
                                       std::shared_ptr<std::atomic<int>> under_way);

// Answers `result` with what `command` would do, or the call with its refusal.
grpc::ServerUnaryReactor* StartTrial(controller::Control& control, fleet::OperatorCommand command,
                                     v1::DryRunResult& result);

}  // namespace fairlead::admin
