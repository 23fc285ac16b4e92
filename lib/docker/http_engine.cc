#include "docker/http_engine.h"

#include <fmt/format.h>

#include <atomic>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "docker/api_version.h"
#include "docker/engine_request.h"
#include "docker/event_decoder.h"
#include "docker/http_call.h"
#include "docker/requests.h"
#include "docker/running_list.h"
#include "docker/wire.h"
#include "runtime/peer_process.h"

namespace fairlead::docker {
namespace {

// Names of processes that listen on their own socket and are the engine.
bool IsEngineName(std::string_view name) {
  return name == "dockerd" || name == "podman";
}

EngineProcess ProcessOf(std::int32_t pid) {
  if (pid <= 0) return {};
  const auto life = runtime::ReadLife(pid);
  if (!life || !IsEngineName(life->name)) return {};
  return {.pid = pid, .start_ticks = life->start_ticks};
}

class HttpEngine final : public Engine {
 public:
  HttpEngine(asio::io_context& context, asio::io_context& stream, Endpoint endpoint,
             EngineLimits limits)
      : context_(context), stream_(stream), endpoint_(std::move(endpoint)), limits_(limits) {}

  asio::awaitable<Result<EngineInfo>> Hello() override;
  asio::awaitable<Result<>> Ping() override;
  asio::awaitable<Result<std::vector<ContainerSummary>>> List() override;
  asio::awaitable<Result<std::vector<RunningContainer>>> ListRunning() override;
  asio::awaitable<Result<ContainerFacts>> Inspect(ContainerId id) override;
  asio::awaitable<Result<ContainerFacts>> Find(std::string name) override;
  asio::awaitable<Result<>> Events(std::int64_t since_ns, std::function<void()> on_open,
                                   std::function<void(EngineEvent)> on_event) override;
  asio::awaitable<Result<>> Stop(ContainerId id, std::optional<Duration> stop_timeout,
                                 Duration call_deadline) override;
  asio::awaitable<Result<>> Restart(ContainerId id, std::optional<Duration> stop_timeout,
                                    Duration call_deadline) override;
  asio::awaitable<Result<>> Start(ContainerId id) override;
  asio::awaitable<Result<>> Kill(ContainerId id, std::string signal) override;

 private:
  // The answer's body when its status is 2xx.
  asio::awaitable<Result<HttpAnswer>> AskWell(HttpQuestion question);
  asio::awaitable<Result<>> Act(EngineRequest request, Duration deadline);
  asio::awaitable<Result<ContainerFacts>> Look(std::string doing, ContainerId id_or_name);
  // kUnavailable before the first Hello().
  Result<ApiVersion> Version(std::string_view doing) const;

  asio::io_context& context_;
  asio::io_context& stream_;
  const Endpoint endpoint_;
  const EngineLimits limits_;
  // Set by Hello(), again after each reconnect: the engine may have been upgraded.
  // Read by the stream's thread, too; no version is 0.0.
  std::atomic<ApiVersion> version_{ApiVersion{}};
};

Result<ApiVersion> HttpEngine::Version(std::string_view doing) const {
  const ApiVersion version = version_.load();
  if (version != ApiVersion{}) return version;
  return Fail(Code::kUnavailable, fmt::format("{}: no API version agreed on yet", doing));
}

asio::awaitable<Result<HttpAnswer>> HttpEngine::AskWell(HttpQuestion question) {
  const std::string doing = question.doing;
  auto answer = co_await Ask(context_, endpoint_, limits_, std::move(question));
  if (!answer) co_return answer;
  const auto checked = CheckStatus(doing, answer->status, answer->body);
  if (!checked) co_return std::unexpected(checked.error());
  co_return answer;
}

asio::awaitable<Result<EngineInfo>> HttpEngine::Hello() {
  HttpQuestion ping{.doing = "ask the engine's version",
                    .request = {.verb = Verb::kPing},
                    .deadline = limits_.ping_deadline,
                    .body_bytes_max = limits_.error_bytes_max};
  const auto pong = co_await AskWell(std::move(ping));
  if (!pong) co_return std::unexpected(pong.error());
  const auto version = NegotiateApiVersion(pong->api_version);
  if (!version) co_return std::unexpected(version.error());
  HttpQuestion ask_info{.doing = "ask the engine about itself",
                        .request = {.verb = Verb::kInfo, .version = *version},
                        .deadline = limits_.info_deadline,
                        .body_bytes_max = limits_.body_bytes_max};
  const auto answer = co_await AskWell(std::move(ask_info));
  if (!answer) {
    // The version is the only thing of ours that this request holds.
    const bool is_refused = answer.error().code == Code::kInvalidArgument;
    co_return Fail(is_refused ? Code::kUnimplemented : answer.error().code, answer.error().message);
  }
  auto info = ReadInfo(answer->body);
  if (!info) co_return std::unexpected(info.error());
  info->api_version = version->Text();
  info->process = ProcessOf(pong->peer_pid);
  version_ = *version;
  co_return std::move(*info);
}

asio::awaitable<Result<>> HttpEngine::Ping() {
  HttpQuestion question{.doing = "ping the engine",
                        .request = {.verb = Verb::kPing},
                        .deadline = limits_.ping_deadline,
                        .body_bytes_max = limits_.error_bytes_max};
  const auto answer = co_await AskWell(std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<>();
}

asio::awaitable<Result<std::vector<ContainerSummary>>> HttpEngine::List() {
  const auto version = Version("list containers");
  if (!version) co_return std::unexpected(version.error());
  std::map<ContainerId, ContainerSummary> found;  // one that carries both labels is listed twice
  for (std::uint8_t i = 0; i < std::size(kOptInLabels); ++i) {
    const std::string_view label = kOptInLabels[i];
    HttpQuestion question{.doing = "list containers",
                          .request = {.verb = Verb::kList, .version = *version, .label = i},
                          .deadline = limits_.list_deadline,
                          .body_bytes_max = limits_.list_bytes_max};
    const auto answer = co_await AskWell(std::move(question));
    if (!answer) co_return std::unexpected(answer.error());
    auto list = ReadList(answer->body);
    if (!list) co_return std::unexpected(list.error());
    for (ContainerSummary& summary : *list) {
      // An engine or proxy that ignores the filter must not make others' containers ours.
      if (summary.labels.contains(std::string(label))) {
        found.insert_or_assign(summary.id, std::move(summary));
      }
    }
  }
  std::vector<ContainerSummary> all;
  all.reserve(found.size());
  for (auto& [id, summary] : found) all.push_back(std::move(summary));
  co_return all;
}

asio::awaitable<Result<std::vector<RunningContainer>>> HttpEngine::ListRunning() {
  const auto version = Version("list running containers");
  if (!version) co_return std::unexpected(version.error());
  HttpQuestion question{.doing = "list running containers",
                        .request = {.verb = Verb::kListRunning, .version = *version},
                        .deadline = limits_.list_deadline,
                        .body_bytes_max = limits_.list_bytes_max};
  const auto answer = co_await AskWell(std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  auto running = ReadRunning(answer->body);
  co_return running;
}

asio::awaitable<Result<ContainerFacts>> HttpEngine::Look(std::string doing,
                                                         ContainerId id_or_name) {
  const auto version = Version(doing);
  if (!version) co_return std::unexpected(version.error());
  HttpQuestion question{.doing = doing,
                        .request = {.verb = Verb::kInspect, .version = *version, .id = id_or_name},
                        .deadline = limits_.inspect_deadline,
                        .body_bytes_max = limits_.body_bytes_max};
  const auto answer = co_await AskWell(std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  auto facts = ReadInspect(answer->body);
  if (!facts) co_return Fail(facts.error().code, doing + ": " + facts.error().message);
  co_return std::move(*facts);
}

asio::awaitable<Result<ContainerFacts>> HttpEngine::Inspect(ContainerId id) {
  const std::string doing = DoingOf({.verb = Verb::kInspect, .id = id});
  auto facts = co_await Look(doing, id);
  // Whoever asks by a name gets what carries it now, and acts on the wrong container.
  if (facts && facts->id != id)
    co_return Fail(Code::kDataLoss, doing + ": the answer is for another id");
  co_return facts;
}

asio::awaitable<Result<ContainerFacts>> HttpEngine::Find(std::string name) {
  const std::string doing = fmt::format("find container {}", Printable(name, 64));
  auto facts = co_await Look(doing, ContainerId(name));
  if (facts && facts->name != name) co_return Fail(Code::kNotFound, doing + ": no such container");
  co_return facts;
}

asio::awaitable<Result<>> HttpEngine::Events(std::int64_t since_ns, std::function<void()> on_open,
                                             std::function<void(EngineEvent)> on_event) {
  const auto version = Version("watch engine events");
  if (!version) co_return std::unexpected(version.error());
  HttpQuestion question{
      .doing = "watch engine events",
      .request = {.verb = Verb::kEvents, .version = *version, .since_ns = since_ns},
      .deadline = limits_.events_open_deadline,
      .body_bytes_max = limits_.error_bytes_max};
  EventDecoder decoder(limits_.event_bytes_max);
  std::function<Result<>(std::string_view)> on_bytes = [&](std::string_view bytes) {
    const std::uint64_t skipped = decoder.skipped();
    Result<> fed = decoder.Feed(bytes, on_event);
    if (decoder.skipped() != skipped) on_event(EngineEvent{});
    return fed;
  };
  const auto ended = co_await Stream(stream_, endpoint_, limits_, std::move(question),
                                     std::move(on_open), std::move(on_bytes));
  co_return ended;
}

asio::awaitable<Result<>> HttpEngine::Act(EngineRequest request, Duration deadline) {
  const std::string doing = DoingOf(request);
  const auto version = Version(doing);
  if (!version) co_return std::unexpected(version.error());
  request.version = *version;
  HttpQuestion question{.doing = doing,
                        .request = std::move(request),
                        .deadline = deadline,
                        .body_bytes_max = limits_.error_bytes_max};
  const auto answer = co_await AskWell(std::move(question));
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<>();
}

asio::awaitable<Result<>> HttpEngine::Stop(ContainerId id, std::optional<Duration> stop_timeout,
                                           Duration call_deadline) {
  return Act({.verb = Verb::kStop, .id = std::move(id), .stop_timeout = stop_timeout},
             call_deadline);
}

asio::awaitable<Result<>> HttpEngine::Restart(ContainerId id, std::optional<Duration> stop_timeout,
                                              Duration call_deadline) {
  return Act({.verb = Verb::kRestart, .id = std::move(id), .stop_timeout = stop_timeout},
             call_deadline);
}

asio::awaitable<Result<>> HttpEngine::Start(ContainerId id) {
  return Act({.verb = Verb::kStart, .id = std::move(id)}, limits_.act_deadline);
}

asio::awaitable<Result<>> HttpEngine::Kill(ContainerId id, std::string signal) {
  return Act({.verb = Verb::kKill, .id = std::move(id), .signal = std::move(signal)},
             limits_.act_deadline);
}

}  // namespace

Result<std::unique_ptr<Engine>> MakeHttpEngine(asio::io_context& context, std::string_view endpoint,
                                               EngineLimits limits, std::optional<tls::Profile> tls,
                                               asio::io_context* stream, int actuator) {
  auto parsed = ParseEndpoint(endpoint);
  if (!parsed) return std::unexpected(parsed.error());
  if (tls && parsed->is_unix()) {
    return Fail(Code::kInvalidArgument,
                fmt::format("engine endpoint \"{}\": a unix socket has no TLS", parsed->text));
  }
  parsed->tls = std::move(tls);
  parsed->actuator = actuator;
  return std::make_unique<HttpEngine>(context, stream == nullptr ? context : *stream,
                                      std::move(*parsed), limits);
}

}  // namespace fairlead::docker
