// Connect: a channel to the daemon, or the sentence that says why not and what to do.
#pragma once

#include <grpcpp/channel.h>

#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/args.h"

namespace fairlead::cli {

// A daemon on the same host answers in milliseconds; this is for a host that is very busy.
inline constexpr Duration kConnectPatience = std::chrono::seconds(3);

// kUnavailable when nobody answers at `address` ("unix:/PATH" or "HOST:PORT") within `patience`;
// kInvalidArgument when it is neither, or a file of `tls` cannot be read. By TLS if `tls` holds
// anything.
Result<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, const TlsFiles& tls = {},
                                               Duration patience = kConnectPatience);

}  // namespace fairlead::cli
