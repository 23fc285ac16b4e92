#include "http/health_page.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "http/refusal.h"
#include "http/target.h"

namespace fairlead::http {
namespace {

constexpr std::string_view kAdminService = "fairlead.admin.v1.Admin";
constexpr std::string_view kReadyService = "fairlead.ready";

Reply JsonReply(unsigned status, const nlohmann::ordered_json& value) {
  return {
      .status = status,
      .fields = {{"Content-Type", "application/json"}},
      .body = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

Reply ReadyPage(const Readiness& now) {
  nlohmann::ordered_json value = {{"phase", now.phase}};
  if (!now.is_ready) value["reason"] = now.reason;
  return JsonReply(now.is_ready ? 200 : 503, value);
}

// The service that a query of nothing but service=NAME asks for.
std::optional<std::string> ServiceIn(std::string_view query) {
  if (query.empty()) return "";
  constexpr std::string_view kKey = "service=";
  if (!query.starts_with(kKey)) return std::nullopt;
  return Unescape(query.substr(kKey.size()), true);
}

Reply HealthPage(std::string_view query, const Readiness& now) {
  const std::optional<std::string> service = ServiceIn(query);
  if (!service) {
    return ReplyOf(Refusal{.message = "ask for health: the query is not service=NAME; write "
                                      "/healthz?service=fairlead.ready, or no query"});
  }
  const bool is_known = service->empty() || *service == kAdminService || *service == kReadyService;
  if (!is_known) {
    return ReplyOf(Refusal{.status = 404,
                           .code = Code::kNotFound,
                           .message = "ask for health: no such service here; there are "
                                      "fairlead.admin.v1.Admin and fairlead.ready"});
  }
  const bool is_serving = *service != kReadyService || now.is_ready;
  return JsonReply(is_serving ? 200 : 503, {{"status", is_serving ? "SERVING" : "NOT_SERVING"}});
}

}  // namespace

void AddHealthPages(Pages& pages, std::function<Readiness()> ask) {
  pages.AddPage("/livez", [](const Request&) { return JsonReply(200, {{"alive", true}}); });
  pages.AddPage("/readyz", [ask](const Request&) { return ReadyPage(ask()); });
  pages.AddPage("/healthz",
                [ask](const Request& request) { return HealthPage(request.query, ask()); });
}

}  // namespace fairlead::http
