#include <fmt/format.h>

#include "docker/http_call.h"
#include "docker/wire.h"

namespace fairlead::docker {
namespace {

Code StatusCode(unsigned status) {
  switch (status) {
    case 304:  // already started or stopped
    case 409:  // not running, being removed, name taken
      return Code::kAlreadyExists;
    case 400:
      return Code::kInvalidArgument;
    case 401:
    case 403:
      return Code::kPermissionDenied;  // authorization plugins and socket proxies
    case 404:
      return Code::kNotFound;
    case 405:
    case 501:
      return Code::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::kUnavailable;  // a proxy before the engine
    default:
      break;
  }
  return status >= 500 && status < 600 ? Code::kInternal : Code::kDataLoss;
}

}  // namespace

Result<> CheckStatus(std::string_view doing, unsigned status, std::string_view body) {
  if (status >= 200 && status < 300) return {};
  const std::string words = ReadErrorMessage(body);
  if (status >= 300 && status < 400 && status != 304) {
    return Fail(Code::kDataLoss,
                fmt::format("{}: HTTP {}: redirects are not followed", doing, status));
  }
  return Fail(StatusCode(status),
              fmt::format("{}: HTTP {}{}{}", doing, status, words.empty() ? "" : ": ", words));
}

}  // namespace fairlead::docker
