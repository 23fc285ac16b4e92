#include "docker/container_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "docker/api_version.h"
#include "docker/endpoint.h"
#include "docker/http_call.h"
#include "docker/log_lines.h"
#include "docker/requests.h"

namespace fairlead::docker {

asio::awaitable<Result<std::vector<std::string>>> ReadLogs(asio::io_context& context,
                                                           LogQuestion question,
                                                           EngineLimits limits) {
  auto endpoint = ParseEndpoint(question.endpoint);
  if (!endpoint) co_return std::unexpected(endpoint.error());
  endpoint->tls = std::move(question.tls);
  const std::string doing = "read the log of container " + Printable(question.id.value, 64);
  HttpQuestion ping{.doing = doing,
                    .target = "/_ping",
                    .deadline = limits.ping_deadline,
                    .body_bytes_max = limits.error_bytes_max};
  const auto pong = co_await Ask(context, *endpoint, limits, std::move(ping));
  if (!pong) co_return std::unexpected(pong.error());
  const auto version = NegotiateApiVersion(pong->api_version);
  if (!version) co_return std::unexpected(version.error());
  const auto target = LogsTarget(*version, question.id, question.lines_max);
  if (!target) co_return std::unexpected(target.error());
  HttpQuestion ask{.doing = doing,
                   .target = *target,
                   .deadline = limits.logs_deadline,
                   .body_bytes_max = limits.logs_bytes_max};
  const auto answer = co_await Ask(context, *endpoint, limits, std::move(ask));
  if (!answer) co_return std::unexpected(answer.error());
  const auto checked = CheckStatus(doing, answer->status, answer->body);
  if (!checked) co_return std::unexpected(checked.error());
  std::vector<std::string> lines = LogLines(
      answer->body, {.lines_max = static_cast<std::size_t>(std::max(question.lines_max, 0))});
  co_return lines;
}

}  // namespace fairlead::docker
