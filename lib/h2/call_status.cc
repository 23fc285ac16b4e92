#include "h2/call_status.h"

#include "h2/frames.h"

namespace fairlead::h2 {

Code CodeOfReset(std::uint32_t error) {
  constexpr std::uint32_t kInadequateSecurity = 12;
  switch (error) {
    case static_cast<std::uint32_t>(Http2Error::kRefusedStream):
      return Code::kUnavailable;
    case static_cast<std::uint32_t>(Http2Error::kCancel):
      return Code::kCancelled;
    case static_cast<std::uint32_t>(Http2Error::kEnhanceYourCalm):
      return Code::kResourceExhausted;
    case kInadequateSecurity:
      return Code::kPermissionDenied;
    default:
      return Code::kInternal;
  }
}

Code CodeOfHttpStatus(std::string_view status) {
  if (status == "400") return Code::kInternal;
  if (status == "401") return Code::kUnauthenticated;
  if (status == "403") return Code::kPermissionDenied;
  if (status == "404") return Code::kUnimplemented;
  if (status == "429" || status == "502" || status == "503" || status == "504")
    return Code::kUnavailable;
  return Code::kUnknown;
}

}  // namespace fairlead::h2
