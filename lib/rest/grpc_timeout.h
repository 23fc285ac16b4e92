// The header Grpc-Timeout, as gRPC over HTTP/2 writes it: up to 8 digits and a unit. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"

namespace fairlead::rest {

// "10S", "250m" (milliseconds); units H M S m u n. Nothing for anything else.
std::optional<Duration> ParseGrpcTimeout(std::string_view text);

}  // namespace fairlead::rest
