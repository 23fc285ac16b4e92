// Errors of the daemon as gRPC statuses: the codes are the same numbers.
#pragma once

#include <grpcpp/support/status.h>

#include "base/result.h"
#include "base/text.h"

namespace fairlead::admin {

// Longer error text would not fit into the metadata that stock clients accept (8 KiB).
inline constexpr std::size_t kStatusTextBytesMax = 1024;

inline grpc::Status ToStatus(const Error& error) {
  return grpc::Status(static_cast<grpc::StatusCode>(error.code),
                      Printable(error.message, kStatusTextBytesMax));
}

}  // namespace fairlead::admin
