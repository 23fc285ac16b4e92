// RunAct: what a person asks to be done, or with --dry-run only wants to know.
#pragma once

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>

#include "cli/args.h"

namespace fairlead::cli {

// restart, drain, undrain, evict, pause, resume.
bool IsAct(Verb verb);

// Asks the daemon once and waits up to args.timeout. The outcome goes to `out`, errors to `err`,
// and where `tells_progress` the phases on the way. Returns the exit status. REQUIRES: IsAct().
int RunAct(const Args& args, const std::shared_ptr<grpc::Channel>& channel, bool tells_progress,
           std::ostream& out, std::ostream& err);

}  // namespace fairlead::cli
