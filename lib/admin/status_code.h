// Errors of the daemon as gRPC statuses: the codes are the same numbers, and the details travel as
// google.rpc.Status in grpc-status-details-bin. Pure.
#pragma once

#include <grpcpp/support/status.h>

#include "base/result.h"

namespace fairlead::admin {

// The text is sent three times: as grpc-message, in the details, and there about the field that is
// wrong. More than this each would not fit into the metadata that stock clients accept (8 KiB).
inline constexpr std::size_t kStatusTextBytesMax = 1024;

grpc::Status ToStatus(const Error& error);

}  // namespace fairlead::admin
