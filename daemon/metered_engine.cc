#include "metered_engine.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/clock.h"

namespace fairlead::daemon {
namespace {

namespace asio = boost::asio;
using docker::ContainerSummary;
using docker::EngineInfo;
using docker::RunningContainer;

class MeteredEngine final : public docker::Engine {
 public:
  MeteredEngine(std::unique_ptr<docker::Engine> engine, EngineCallEnded ended)
      : engine_(std::move(engine)), ended_(std::move(ended)) {}

  asio::awaitable<Result<EngineInfo>> Hello() override { return Timed("hello", engine_->Hello()); }
  asio::awaitable<Result<>> Ping() override { return Timed("ping", engine_->Ping()); }
  asio::awaitable<Result<std::vector<ContainerSummary>>> List() override {
    return Timed("list", engine_->List());
  }
  asio::awaitable<Result<std::vector<RunningContainer>>> ListRunning() override {
    return Timed("list-running", engine_->ListRunning());
  }
  asio::awaitable<Result<ContainerFacts>> Inspect(ContainerId id) override {
    return Timed("inspect", engine_->Inspect(std::move(id)));
  }
  asio::awaitable<Result<ContainerFacts>> Find(std::string name) override {
    return Timed("find", engine_->Find(std::move(name)));
  }
  asio::awaitable<Result<>> Events(std::int64_t since_ns, std::function<void()> on_open,
                                   std::function<void(docker::EngineEvent)> on_event) override {
    return engine_->Events(since_ns, std::move(on_open), std::move(on_event));
  }
  asio::awaitable<Result<>> Stop(ContainerId id, std::optional<Duration> stop_timeout,
                                 Duration call_deadline) override {
    return Timed("stop", engine_->Stop(std::move(id), stop_timeout, call_deadline));
  }
  asio::awaitable<Result<>> Restart(ContainerId id, std::optional<Duration> stop_timeout,
                                    Duration call_deadline) override {
    return Timed("restart", engine_->Restart(std::move(id), stop_timeout, call_deadline));
  }
  asio::awaitable<Result<>> Start(ContainerId id) override {
    return Timed("start", engine_->Start(std::move(id)));
  }
  asio::awaitable<Result<>> Kill(ContainerId id, std::string signal) override {
    return Timed("kill", engine_->Kill(std::move(id), std::move(signal)));
  }

 private:
  template <class T>
  asio::awaitable<Result<T>> Timed(std::string_view call, asio::awaitable<Result<T>> asked) {
    const TimePoint began = runtime::Now();
    Result<T> answer = co_await std::move(asked);
    ended_(call, answer ? Code::kOk : answer.error().code, runtime::Now() - began);
    co_return answer;
  }

  const std::unique_ptr<docker::Engine> engine_;
  const EngineCallEnded ended_;
};

}  // namespace

std::unique_ptr<docker::Engine> MakeMeteredEngine(std::unique_ptr<docker::Engine> engine,
                                                  EngineCallEnded ended) {
  return std::make_unique<MeteredEngine>(std::move(engine), std::move(ended));
}

}  // namespace fairlead::daemon
