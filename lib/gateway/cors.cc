#include "gateway/cors.h"

#include <algorithm>

#include "base/text.h"
#include "http/refusal.h"

namespace fairlead::gateway {
namespace {

// Browsers keep a yes for some minutes, whatever is said.
constexpr const char* kMaxAgeSeconds = "600";
// What a page may read besides a few fields that it always may: gRPC-web's. `*` stands for all but
// to requests that send cookies along.
constexpr const char* kReadable = "grpc-status, grpc-message, grpc-status-details-bin, *";

bool IsFieldList(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ',' || c == ' ';
  });
}

bool Has(const std::vector<std::string>& allowed, std::string_view origin) {
  return std::ranges::find(allowed, origin) != allowed.end();
}

}  // namespace

std::vector<http::Field> CorsFields(const std::vector<std::string>& allowed,
                                    std::string_view origin) {
  if (origin.empty() || allowed.empty()) return {};
  // Whether it may or not, the answer is for this origin.
  std::vector<http::Field> fields = {{"Vary", "Origin"}};
  if (Has(allowed, origin)) {
    fields.push_back({"Access-Control-Allow-Origin", std::string(origin)});
    fields.push_back({"Access-Control-Allow-Credentials", "true"});
  } else if (Has(allowed, "*")) {
    fields.push_back({"Access-Control-Allow-Origin", "*"});
  } else {
    return fields;
  }
  fields.push_back({"Access-Control-Expose-Headers", kReadable});
  return fields;
}

bool IsPreflight(const http::Request& request) {
  return request.method == "OPTIONS" && !request.Find("origin").empty() &&
         !request.Find("access-control-request-method").empty();
}

http::Reply AnswerToPreflight(const std::vector<std::string>& allowed,
                              const http::Request& request) {
  const std::string_view origin = request.Find("origin");
  std::vector<http::Field> fields = CorsFields(allowed, origin);
  if (fields.size() < 2) {
    http::Reply reply = http::ReplyOf(http::Refusal{
        .status = 403,
        .code = Code::kPermissionDenied,
        .message = "let a page of " + Printable(origin) +
                   " ask the service: its label fairlead.gateway.cors does not name it"});
    reply.fields.insert(reply.fields.end(), fields.begin(), fields.end());
    return reply;
  }
  http::Reply reply{.fields = std::move(fields)};
  const std::string_view asked = request.Find("access-control-request-headers");
  reply.fields.push_back(
      {"Access-Control-Allow-Methods", std::string(request.Find("access-control-request-method"))});
  if (!asked.empty() && IsFieldList(asked))
    reply.fields.push_back({"Access-Control-Allow-Headers", std::string(asked)});
  reply.fields.push_back({"Access-Control-Max-Age", kMaxAgeSeconds});
  return reply;
}

}  // namespace fairlead::gateway
