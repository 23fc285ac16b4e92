#include "docker/container_logs.h"

#include <utility>

#include "docker/api_version.h"
#include "docker/endpoint.h"
#include "docker/engine_request.h"
#include "docker/http_call.h"
#include "docker/log_lines.h"

namespace fairlead::docker {

asio::awaitable<Result<std::vector<std::string>>> ReadLogs(asio::io_context& context,
                                                           LogQuestion question,
                                                           EngineLimits limits) {
  auto endpoint = ParseEndpoint(question.endpoint);
  if (!endpoint) co_return std::unexpected(endpoint.error());
  endpoint->tls = std::move(question.tls);
  endpoint->actuator = question.actuator;
  EngineRequest request{.verb = Verb::kLogs, .id = question.id, .lines_max = question.lines_max};
  const std::string doing = DoingOf(request);
  HttpQuestion ping{.doing = doing,
                    .request = {.verb = Verb::kPing},
                    .deadline = limits.ping_deadline,
                    .body_bytes_max = limits.error_bytes_max};
  const auto pong = co_await Ask(context, *endpoint, limits, std::move(ping));
  if (!pong) co_return std::unexpected(pong.error());
  const auto version = NegotiateApiVersion(pong->api_version);
  if (!version) co_return std::unexpected(version.error());
  request.version = *version;
  HttpQuestion ask{.doing = doing,
                   .request = std::move(request),
                   .deadline = limits.logs_deadline,
                   .body_bytes_max = limits.logs_bytes_max};
  const auto answer = co_await Ask(context, *endpoint, limits, std::move(ask));
  if (!answer) co_return std::unexpected(answer.error());
  const auto checked = CheckStatus(doing, answer->status, answer->body);
  if (!checked) co_return std::unexpected(checked.error());
  std::vector<std::string> lines = LogLines(answer->body, {.lines_max = question.lines_max});
  co_return lines;
}

}  // namespace fairlead::docker
