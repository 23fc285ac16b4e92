#include "admin/render_values.h"

#include <algorithm>

#include "base/text.h"

namespace fairlead::admin {

std::string Shown(std::string_view text) {
  return Printable(text, kTextBytesMax);
}

void SetTime(google::protobuf::Timestamp* out, runtime::WallTime when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when.time_since_epoch());
  out->set_seconds(seconds.count());
  out->set_nanos(static_cast<std::int32_t>((when.time_since_epoch() - seconds).count()));
}

void SetDuration(google::protobuf::Duration* out, Duration duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  out->set_seconds(seconds.count());
  out->set_nanos(static_cast<std::int32_t>((duration - seconds).count()));
}

std::int64_t Count(std::uint64_t told) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(told, INT64_MAX));
}

pb::CheckClass RenderCheckClass(spec::CheckClass check_class) {
  using enum spec::CheckClass;
  switch (check_class) {
    case kServing:
      return pb::CHECK_CLASS_SERVING;
    case kRefused:
      return pb::CHECK_CLASS_REFUSED;
    case kReset:
      return pb::CHECK_CLASS_RESET;
    case kTimeout:
      return pb::CHECK_CLASS_TIMEOUT;
    case kClosed:
      return pb::CHECK_CLASS_CLOSED;
    case kNotServing:
      return pb::CHECK_CLASS_NOT_SERVING;
    case kServiceUnknown:
      return pb::CHECK_CLASS_SERVICE_UNKNOWN;
    case kUnimplemented:
      return pb::CHECK_CLASS_UNIMPLEMENTED;
    case kTls:
      return pb::CHECK_CLASS_TLS;
    case kProtocol:
      return pb::CHECK_CLASS_PROTOCOL;
    case kHttpStatus:
      return pb::CHECK_CLASS_HTTP_STATUS;
    case kNoFd:
      return pb::CHECK_CLASS_NO_FD;
    case kNoPort:
      return pb::CHECK_CLASS_NO_PORT;
    case kNoRoute:
      return pb::CHECK_CLASS_NO_ROUTE;
    case kSelfStalled:
      return pb::CHECK_CLASS_SELF_STALLED;
    case kSharedStall:
      return pb::CHECK_CLASS_SHARED_STALL;
    case kCanaryFailed:
      return pb::CHECK_CLASS_CANARY_FAILED;
  }
  return pb::CHECK_CLASS_UNSPECIFIED;
}

}  // namespace fairlead::admin
