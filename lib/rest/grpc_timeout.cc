#include "rest/grpc_timeout.h"

#include <algorithm>

#include "h2/grpc_headers.h"

namespace fairlead::rest {
namespace {

constexpr Duration kTimeoutMax = std::chrono::hours(24);  // the longest that is told on

}  // namespace

std::optional<Duration> ParseGrpcTimeout(std::string_view text) {
  const std::optional<Duration> timeout = h2::ParseTimeout(text);
  return timeout ? std::optional(std::min(*timeout, kTimeoutMax)) : std::nullopt;
}

}  // namespace fairlead::rest
