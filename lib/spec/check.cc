#include "spec/check.h"

namespace fairlead::spec {

std::string_view CheckClassName(CheckClass check_class) {
  switch (check_class) {
    case CheckClass::kServing:
      return "serving";
    case CheckClass::kRefused:
      return "refused";
    case CheckClass::kReset:
      return "reset";
    case CheckClass::kTimeout:
      return "timeout";
    case CheckClass::kClosed:
      return "closed";
    case CheckClass::kNotServing:
      return "not-serving";
    case CheckClass::kServiceUnknown:
      return "service-unknown";
    case CheckClass::kUnimplemented:
      return "unimplemented";
    case CheckClass::kTls:
      return "tls";
    case CheckClass::kProtocol:
      return "protocol";
    case CheckClass::kHttpStatus:
      return "http-status";
    case CheckClass::kNoFd:
      return "no-fd";
    case CheckClass::kNoPort:
      return "no-port";
    case CheckClass::kNoRoute:
      return "no-route";
    case CheckClass::kSelfStalled:
      return "self-stalled";
    case CheckClass::kSharedStall:
      return "shared-stall";
    case CheckClass::kCanaryFailed:
      return "canary-failed";
  }
  return "unknown";
}

}  // namespace fairlead::spec
