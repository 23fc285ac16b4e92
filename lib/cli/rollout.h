// RunRollout: the verb `rollout`, from the service's name to an exit status.
#pragma once

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>

#include "cli/args.h"

namespace fairlead::cli {

// Replaces the replicas of args.operand by what Compose makes now. The result goes to `out`,
// progress and errors to `err`. Blocks until done; may be killed at any time and run again.
int RunRollout(const Args& args, const std::shared_ptr<grpc::Channel>& channel, std::ostream& out,
               std::ostream& err);

}  // namespace fairlead::cli
