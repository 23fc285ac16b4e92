// CallMeter: tells of each call of the admin API how it ended and how long it took.
//
// Threads: gRPC's own; `ended` is called on them.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace fairlead::admin {

struct EndedCall {
  std::string_view method;  // "GetStatus"
  Code code = Code::kOk;    // kCancelled also when the caller went
  Duration took{};
};

using CallEnded = std::function<void(const EndedCall& call)>;

// For ServerBuilder::experimental().SetInterceptorCreators. `ended` may not be empty.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakeCallMeter(
    CallEnded ended);

}  // namespace fairlead::admin
