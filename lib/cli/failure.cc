#include "cli/failure.h"

#include <ostream>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cli/run.h"

namespace fairlead::cli {
namespace {

std::string_view WhatNext(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::NOT_FOUND:
      return "`fairlead replicas` lists what there is";
    case grpc::StatusCode::FAILED_PRECONDITION:
      return "`fairlead replicas` shows the present state; --force with --reason overrides "
             "min-available";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "the daemon goes on with it; `fairlead events --follow` shows the end";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "try again in a moment";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "the daemon is of another version; `fairlead version` shows both";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "`fairlead help` shows how it is written";
    default:
      return "`fairlead status` shows how the daemon is";
  }
}

}  // namespace

int TellFailure(const grpc::Status& status, grpc::Channel& channel, std::ostream& err) {
  const std::string message = Printable(status.error_message(), 1024);
  const bool is_lost = status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       channel.GetState(false) != GRPC_CHANNEL_READY;
  if (is_lost) {
    err << "fairlead: the connection to the daemon was lost: " << message
        << "\nis fairleadd still running?\n";
    return kExitUnreachable;
  }
  err << "fairlead: " << message << "\n" << WhatNext(status.error_code()) << "\n";
  return status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ? kExitUsage : kExitNo;
}

}  // namespace fairlead::cli
