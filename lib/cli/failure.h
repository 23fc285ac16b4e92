// A call that failed, as it is told: what went wrong, what to do next.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <iosfwd>

namespace fairlead::cli {

// Tells `err`, and gives the exit status. REQUIRES: not status.ok().
int TellFailure(const grpc::Status& status, grpc::Channel& channel, std::ostream& err);

}  // namespace fairlead::cli
