// Ending: what the process says at last, and its exit code, in grpc_health_probe's words.
//
// Why: scripts compare exit codes, people grep for `status: SERVING`. The first line is the other
// tool's; where it leaves the cause out, ours follows on a line of its own.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "h2/answer.h"
#include "probe/options.h"

namespace fairlead::probe {

struct Ending {
  ExitCode exit_code = ExitCode::kServing;
  std::string text;  // for standard error, with its line ends
};

// -connect-timeout has passed, and this was in the way at last.
Ending NotConnected(const Options& options, const Error& last);
// Nothing could ever be connected to by that address.
Ending NoSuchAddress(const Options& options, const Error& why);
// The files of -tls-* are of no use.
Ending NoCredentials(const Error& why);
// The RPC ended as `result` says.
Ending OfCall(const Options& options, const h2::CallResult& result);
// The RPC was never made, for a mistake of its request.
Ending NoCall(const Error& why);
// One HealthCheckResponse. kServing or kUnhealthy; kRpcFailure when it is none.
Ending OfMessage(std::span<const std::byte> message);
// -watch, and -rpc-timeout has passed: `last` is the newest message, if any came.
Ending WaitedInVain(const Options& options, const std::optional<Ending>& last);

}  // namespace fairlead::probe
