#include "support/memory_engine.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace fairlead::test {

namespace asio = boost::asio;

void MemoryEngine::Put(ContainerFacts facts, const std::string& action) {
  const ContainerId id = facts.id;
  containers_[id] = std::move(facts);
  Emit({.type = "container", .action = action, .actor_id = id.value, .signal = "", .time_ns = 0});
}

void MemoryEngine::Remove(const ContainerId& id, bool tell) {
  containers_.erase(id);
  if (tell)
    Emit({.type = "container",
          .action = "destroy",
          .actor_id = id.value,
          .signal = "",
          .time_ns = 0});
}

void MemoryEngine::Emit(docker::EngineEvent event) {
  if (event.time_ns == 0) event.time_ns = ++clock_ns_;
  history_.push_back(event);
  if (history_.size() > 256) history_.pop_front();
  if (are_streams_silent_) return;
  for (const auto& stream : streams_) stream->on_event(event);
}

void MemoryEngine::Restart() {
  history_.clear();
  if (process_ != 0) ++process_;
  EndStreams();
}

void MemoryEngine::EndStreams() {
  for (const auto& stream : std::exchange(streams_, {})) stream->ended.cancel();
}

void MemoryEngine::SetAway(bool away) {
  away_ = away;
  if (away) EndStreams();
}

asio::awaitable<bool> MemoryEngine::Yield() {
  calls_at_once = std::max(calls_at_once, ++calls_);
  co_await asio::post(loop_, asio::use_awaitable);
  --calls_;
  co_return !is_frozen_;
}

asio::awaitable<Result<docker::EngineInfo>> MemoryEngine::Hello() {
  ++hellos;
  const bool answers = co_await Yield();
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "ping engine: no answer");
  if (away_) co_return Fail(Code::kUnavailable, "ping engine: connection refused");
  docker::EngineInfo info;
  info.api_version = "1.41";
  info.engine_version = "20.10.24";
  info.engine_id = "memory";
  info.system_time_ns = clock_ns_ += 1'000;
  info.process = {.pid = process_, .start_ticks = 7};
  co_return info;
}

asio::awaitable<Result<>> MemoryEngine::Ping() {
  const bool answers = co_await Yield();
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "ping engine: no answer");
  if (away_) co_return Fail(Code::kUnavailable, "ping engine: connection refused");
  co_return Result<>();
}

asio::awaitable<Result<std::vector<docker::ContainerSummary>>> MemoryEngine::List() {
  ++lists;
  const bool answers = co_await Yield();
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "list containers: no answer");
  if (away_) co_return Fail(Code::kUnavailable, "list containers: connection refused");
  std::vector<docker::ContainerSummary> listed;
  for (const auto& [id, facts] : containers_) {
    if (!facts.labels.contains("fairlead.enable")) continue;
    docker::ContainerSummary summary;
    summary.id = id;
    summary.status = facts.status;
    summary.labels = facts.labels;
    summary.networks = facts.networks;
    listed.push_back(std::move(summary));
  }
  if (before_list) before_list();
  co_return listed;
}

asio::awaitable<Result<std::vector<docker::RunningContainer>>> MemoryEngine::ListRunning() {
  ++running_lists;
  co_await Yield();
  if (away_) co_return Fail(Code::kUnavailable, "list running containers: connection refused");
  std::vector<docker::RunningContainer> running;
  for (const auto& [id, facts] : containers_) {
    if (facts.status == EngineStatus::kRunning) running.push_back({id, facts.networks});
  }
  co_return running;
}

asio::awaitable<Result<ContainerFacts>> MemoryEngine::Inspect(ContainerId id) {
  ++inspects;
  inspects_at_once = std::max(inspects_at_once, ++inspects_running_);
  const bool answers = co_await Yield();
  --inspects_running_;
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "inspect container: no answer");
  if (away_) co_return Fail(Code::kUnavailable, "inspect container: connection refused");
  if (failing_inspects_.contains(id))
    co_return Fail(Code::kDeadlineExceeded, "inspect container: no answer");
  const auto found = containers_.find(id);
  if (found == containers_.end())
    co_return Fail(Code::kNotFound, "inspect container: no such container");
  co_return found->second;
}

asio::awaitable<Result<ContainerFacts>> MemoryEngine::Find(std::string name) {
  co_await Yield();
  for (const auto& [id, facts] : containers_) {
    if (facts.name == name) co_return facts;
  }
  co_return Fail(Code::kNotFound, "find container: no such container");
}

asio::awaitable<Result<>> MemoryEngine::Events(std::int64_t since, std::function<void()> on_open,
                                               std::function<void(docker::EngineEvent)> on_event) {
  since_ns = since;
  const bool answers = co_await Yield();
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "read engine events: no answer");
  if (away_) co_return Fail(Code::kUnavailable, "read engine events: connection refused");
  auto stream = std::make_shared<Stream>(Stream{std::move(on_event), asio::steady_timer(loop_)});
  stream->ended.expires_at(asio::steady_timer::time_point::max());
  streams_.push_back(stream);
  on_open();
  for (const docker::EngineEvent& event : std::deque(history_)) {
    if (event.time_ns >= since) stream->on_event(event);
  }
  boost::system::error_code ignored;
  co_await stream->ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  streams_.remove(stream);
  co_return Fail(Code::kUnavailable, "read engine events: end of stream");
}

asio::awaitable<Result<>> MemoryEngine::Act(std::string verb, ContainerId id) {
  acts.push_back(verb + " " + id.value);
  const bool answers = co_await Yield();
  if (!answers) co_return Fail(Code::kDeadlineExceeded, "act: no answer");
  co_return act_outcome;
}

asio::awaitable<Result<>> MemoryEngine::Stop(ContainerId id, std::optional<Duration>, Duration) {
  return Act("stop", std::move(id));
}
asio::awaitable<Result<>> MemoryEngine::Restart(ContainerId id, std::optional<Duration>, Duration) {
  return Act("restart", std::move(id));
}
asio::awaitable<Result<>> MemoryEngine::Start(ContainerId id) {
  return Act("start", std::move(id));
}
asio::awaitable<Result<>> MemoryEngine::Kill(ContainerId id, std::string) {
  return Act("kill", std::move(id));
}

ContainerFacts RunningContainer(const std::string& id, int number) {
  ContainerFacts facts;
  facts.id = ContainerId(id);
  facts.name = "shop_user-service_" + std::to_string(number);
  facts.labels = {{"fairlead.enable", "true"},
                  {"fairlead.port", "50051"},
                  {"com.docker.compose.project", "shop"},
                  {"com.docker.compose.service", "user-service"},
                  {"com.docker.compose.container-number", std::to_string(number)},
                  {"com.docker.compose.oneoff", "False"},
                  {"com.docker.compose.config-hash", "abc"}};
  facts.status = EngineStatus::kRunning;
  facts.started_at = "2026-01-01T00:00:00Z";
  facts.pid = 1000 + number;
  facts.networks = {{.network = "shop_default",
                     .network_id = "n1",
                     .ipv4 = "172.31.0." + std::to_string(number + 1),
                     .ipv6 = ""}};
  return facts;
}

}  // namespace fairlead::test
