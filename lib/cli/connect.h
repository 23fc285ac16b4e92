// Connect: a channel to the daemon, or the sentence that says why not and what to do.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace fairlead::cli {

// kUnavailable when nobody answers at `address` ("unix:/PATH" or "HOST:PORT") within 3 s;
// kInvalidArgument when it is neither.
Result<std::shared_ptr<grpc::Channel>> Connect(const std::string& address);

}  // namespace fairlead::cli
