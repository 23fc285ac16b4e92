#include "http/refusal.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace fairlead::http {
namespace {

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

std::string StatusJson(Code code, std::string_view message) {
  const nlohmann::ordered_json status = {{"code", static_cast<int>(code)},
                                         {"message", std::string(message)},
                                         {"details", nlohmann::ordered_json::array()}};
  return status.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Reply ReplyOf(const Refusal& refusal) {
  return {.status = refusal.status,
          .fields = {{"Content-Type", "application/json"}},
          .body = StatusJson(refusal.code, refusal.message) + "\n"};
}

Reply ReplyOf(const Error& error) {
  return ReplyOf(
      Refusal{.status = StatusOf(error.code), .code = error.code, .message = error.message});
}

}  // namespace fairlead::http
