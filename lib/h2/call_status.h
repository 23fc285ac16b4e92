// What an end of a call below gRPC amounts to, as a status of gRPC.
//
// Sources: grpc/grpc doc/PROTOCOL-HTTP2.md (errors) and doc/http-grpc-status-mapping.md.
// Threads: none; pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace fairlead::h2 {

// Of the error code of an RST_STREAM.
Code CodeOfReset(std::uint32_t error);
// Of an answer of that :status which has no grpc-status.
Code CodeOfHttpStatus(std::string_view status);

}  // namespace fairlead::h2
