// The request of a health RPC: its headers and its message, as nghttp2 and gRPC want them.
//
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "probe/options.h"
#include "probe/target.h"

namespace fairlead::probe {

struct Request {
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::byte> body;  // with its message prefix
};

// The call of `path` (health/grpc_health.h); `timeout` is what the server is told. kInternal, as
// grpc-go has it, when -rpc-header gave what no gRPC header may be. Headers that are gRPC's own are
// left out, as there; values of names in -bin go out in base64.
Result<Request> MakeRequest(const Options& options, const Target& target, std::string_view path,
                            Duration timeout);

}  // namespace fairlead::probe
