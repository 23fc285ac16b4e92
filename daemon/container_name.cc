#include "container_name.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace fairlead::daemon {
namespace {

// An engine on the same host answers within milliseconds; behind this wait other admin connections.
constexpr std::chrono::seconds kNamePatience{1};

// The promise is shared, because the engine may answer after nobody waits any more.
boost::asio::awaitable<void> Ask(docker::Engine& engine, ContainerId id,
                                 std::shared_ptr<std::promise<std::string>> answer) {
  const Result<ContainerFacts> facts = co_await engine.Inspect(std::move(id));
  answer->set_value(facts ? facts->name : std::string());
}

}  // namespace

std::string ContainerName(runtime::IoThread& loop, docker::Engine& engine, const std::string& id) {
  auto answer = std::make_shared<std::promise<std::string>>();
  std::future<std::string> name = answer->get_future();
  boost::asio::co_spawn(loop.context(), Ask(engine, ContainerId(id), std::move(answer)),
                        boost::asio::detached);
  return name.wait_for(kNamePatience) == std::future_status::ready ? name.get() : std::string();
}

}  // namespace fairlead::daemon
