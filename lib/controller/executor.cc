#include "controller/executor.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "runtime/clock.h"

namespace fairlead::controller {
namespace {

namespace asio = boost::asio;

asio::awaitable<Result<>> Call(docker::Engine& engine, const fleet::Act& act) {
  const ContainerId id = act.generation.id;
  switch (act.kind) {
    case fleet::ActKind::kRestart:
      co_return co_await engine.Restart(id, act.stop_timeout, act.call_deadline);
    case fleet::ActKind::kStop:
      co_return co_await engine.Stop(id, act.stop_timeout, act.call_deadline);
    case fleet::ActKind::kStart:
      co_return co_await engine.Start(id);
  }
  co_return Fail(Code::kInternal, "carry out act: unknown kind");
}

}  // namespace

struct Executor::Parts {
  asio::io_context& loop;
  docker::Engine& engine;
  OwnActs& own_acts;
  Finished finished;
  std::function<void(const ContainerId&)> touched;

  static asio::awaitable<void> Carry(std::shared_ptr<Parts> self, fleet::Act act) {
    const ContainerId id = act.generation.id;
    self->own_acts.Begin(id, runtime::Now());
    Result<> outcome = co_await Call(self->engine, act);
    // 304 and 409: the container is in the wished state already.
    if (!outcome && outcome.error().code == Code::kAlreadyExists) outcome = Result<>();
    self->own_acts.End(id, runtime::Now());
    self->finished(
        fleet::ActionFinished{.act = act.id, .generation = act.generation, .outcome = outcome});
    self->touched(id);
  }
};

Executor::Executor(asio::io_context& loop, docker::Engine& engine, OwnActs& own_acts,
                   Finished finished, std::function<void(const ContainerId&)> touched)
    : parts_(std::make_shared<Parts>(
          Parts{loop, engine, own_acts, std::move(finished), std::move(touched)})) {}

void Executor::Run(fleet::Act act) {
  asio::co_spawn(parts_->loop, Parts::Carry(parts_, std::move(act)), asio::detached);
}

}  // namespace fairlead::controller
