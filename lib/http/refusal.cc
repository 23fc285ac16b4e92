#include "http/refusal.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error_details.h"

namespace fairlead::http {
namespace {

using json = nlohmann::ordered_json;

// google/rpc/code.proto says these.
constexpr std::array<unsigned, 17> kStatuses = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                                400, 409, 400, 501, 500, 503, 500, 401};

constexpr auto kReasons = std::to_array<std::pair<unsigned, std::string_view>>({
    {200, "OK"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
});

}  // namespace

unsigned StatusOf(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kStatuses.size() ? kStatuses.at(index) : 500;
}

std::string_view ReasonOf(unsigned status) {
  const auto found = std::find_if(kReasons.begin(), kReasons.end(),
                                  [&](const auto& reason) { return reason.first == status; });
  return found == kReasons.end() ? "Unknown" : found->second;
}

std::string StatusJson(const Error& error) {
  const ErrorDetails known = DetailsOf(error);
  json details = json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                               {"reason", known.reason},
                               {"domain", kErrorDomain},
                               {"metadata", known.metadata}}});
  if (known.violation) {
    const json violation = {{"field", known.violation->field},
                            {"description", known.violation->description}};
    details.push_back({{"@type", "type.googleapis.com/google.rpc.BadRequest"},
                       {"fieldViolations", json::array({violation})}});
  }
  const json status = {{"code", static_cast<int>(error.code)},
                       {"message", error.message},
                       {"details", std::move(details)}};
  return status.dump(-1, ' ', false, json::error_handler_t::replace);
}

Reply ReplyOf(const Refusal& refusal) {
  return {.status = refusal.status,
          .fields = {{"Content-Type", "application/json"}},
          .body = StatusJson({.code = refusal.code,
                              .message = refusal.message,
                              .reason = std::string(refusal.reason)}) +
                  "\n"};
}

Reply ReplyOf(const Error& error) {
  return {.status = StatusOf(error.code),
          .fields = {{"Content-Type", "application/json"}},
          .body = StatusJson(error) + "\n"};
}

}  // namespace fairlead::http
