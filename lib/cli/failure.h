// A call that failed, as it is told: what went wrong, why by its stable word, what to do next.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <iosfwd>
#include <string>

namespace fairlead::cli {

// The reason of google.rpc.ErrorInfo where it says more than the code: "MIN_AVAILABLE". Pure.
std::string ReasonOf(const grpc::Status& status);

// "fairlead: evict a/1: ... [MIN_AVAILABLE]" and a line with what to do next. Pure.
std::string FailureText(const grpc::Status& status);

// Tells `err`, and gives the exit status. REQUIRES: not status.ok().
int TellFailure(const grpc::Status& status, grpc::Channel& channel, std::ostream& err);

}  // namespace fairlead::cli
