#include "rest/act_guard.h"

#include <utility>

#include "base/error_reasons.h"
#include "base/text.h"

namespace fairlead::rest {
namespace {

constexpr std::string_view kScheme = "Bearer ";

bool IsJson(std::string_view content_type) {
  constexpr std::string_view kType = "application/json";
  if (!content_type.starts_with(kType)) return false;
  const std::string_view rest = content_type.substr(kType.size());
  return rest.empty() || rest.front() == ';' || rest.front() == ' ';
}

}  // namespace

bool IsSameSecret(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    difference |= static_cast<unsigned char>(left[i]) ^
                  static_cast<unsigned>(static_cast<unsigned char>(right[i]));
  }
  return difference == 0;
}

ActGuard::ActGuard(std::string token, http::HostGate hosts)
    : token_(std::move(token)), hosts_(std::move(hosts)) {}

std::optional<http::Refusal> ActGuard::Refuses(const http::Request& request) const {
  const std::string_view origin = request.Find("origin");
  if (!origin.empty() && !hosts_.AdmitsOrigin(origin)) {
    return http::Refusal{.status = 403,
                         .code = Code::kPermissionDenied,
                         .message = "act for a page of " + Printable(origin) +
                                    ": only pages of this daemon may; use the fairlead command",
                         .reason = reasons::kForeignPage};
  }
  const std::string_view given = request.Find("authorization");
  if (!HoldsToken(request)) {
    return http::Refusal{
        .status = 401,
        .code = Code::kUnauthenticated,
        .message = std::string("act without the token: ") +
                   (given.empty() ? "there is no Authorization header" : "it is another one") +
                   "; send Authorization: Bearer and what is in http.token of the daemon's "
                   "state_dir, or use the fairlead command",
        .reason = reasons::kTokenMissing};
  }
  if (!request.body.empty() && !IsJson(request.Find("content-type"))) {
    return http::Refusal{.status = 415,
                         .message =
                             "read the body: it is not said to be JSON; send Content-Type: "
                             "application/json"};
  }
  return std::nullopt;
}

bool ActGuard::HoldsToken(const http::Request& request) const {
  const std::string_view given = request.Find("authorization");
  return given.starts_with(kScheme) && IsSameSecret(given.substr(kScheme.size()), token_);
}

}  // namespace fairlead::rest
