#include "admin/call_meter.h"

#include <grpcpp/support/interceptor.h>

#include <string>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::admin {
namespace {

namespace experimental = grpc::experimental;
using experimental::InterceptionHookPoints;

// "GetStatus" of "/fairlead.admin.v1.Admin/GetStatus".
std::string MethodIn(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// One per call. gRPC destroys it when the call is done, which is when a call without a status has
// been given up.
class Meter final : public experimental::Interceptor {
 public:
  Meter(CallEnded ended, std::string_view path)
      : ended_(std::move(ended)), method_(MethodIn(path)), began_(runtime::Now()) {}
  ~Meter() override { ended_({.method = method_, .code = code_, .took = runtime::Now() - began_}); }
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  void Intercept(experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS))
      code_ = static_cast<Code>(methods->GetSendStatus().error_code());
    methods->Proceed();
  }

 private:
  const CallEnded ended_;
  const std::string method_;
  const TimePoint began_;
  Code code_ = Code::kCancelled;
};

class Factory final : public experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(CallEnded ended) : ended_(std::move(ended)) {}
  experimental::Interceptor* CreateServerInterceptor(experimental::ServerRpcInfo* info) override {
    return new Meter(ended_, info->method());
  }

 private:
  const CallEnded ended_;
};

}  // namespace

std::unique_ptr<experimental::ServerInterceptorFactoryInterface> MakeCallMeter(CallEnded ended) {
  return std::make_unique<Factory>(std::move(ended));
}

}  // namespace fairlead::admin
