// The verb `top`: a live view of the replicas.
#pragma once

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>

#include "cli/args.h"
#include "cli/run.h"

namespace fairlead::cli {

// On a terminal a screen that follows what happens, until q, a signal or the terminal's end, also
// while the daemon is away. Elsewhere a picture on `out` now and after each change, as text or as a
// line of JSON, until the daemon ends or `out` fails; with args.is_once only the first.
// Gives the exit status.
int RunTop(const Args& args, const std::shared_ptr<grpc::Channel>& channel,
           const Environment& environment, std::ostream& out, std::ostream& err);

}  // namespace fairlead::cli
