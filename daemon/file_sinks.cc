#include "file_sinks.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "controller/client_place.h"
#include "fleet/endpoint.h"

namespace fairlead::daemon {
namespace {

// An engine on the same host answers within milliseconds.
constexpr std::chrono::seconds kLookPatience{2};

// A question on the engine's loop, waited for elsewhere. The promise is shared, because the engine
// may answer after nobody waits any more.
template <class T>
boost::asio::awaitable<void> Answer(boost::asio::awaitable<Result<T>> asked,
                                    std::shared_ptr<std::promise<Result<T>>> answer) {
  Result<T> said = co_await std::move(asked);
  answer->set_value(std::move(said));
}

template <class T>
Result<T> Ask(runtime::IoThread& loop, boost::asio::awaitable<Result<T>> asked) {
  auto answer = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> said = answer->get_future();
  boost::asio::co_spawn(loop.context(), Answer<T>(std::move(asked), std::move(answer)),
                        boost::asio::detached);
  if (said.wait_for(kLookPatience) == std::future_status::ready) return said.get();
  return Fail(Code::kDeadlineExceeded, "ask the engine: no answer in time");
}

// An NGINX in a container, by the container's name.
class ContainerReader final : public filesink::FileReader {
 public:
  ContainerReader(runtime::IoThread& loop, docker::Engine& engine, std::string name)
      : loop_(loop), engine_(engine), name_(std::move(name)) {}

  Result<filesink::ReaderSeen> Look() override {
    const Result<ContainerFacts> facts = Ask<ContainerFacts>(loop_, engine_.Find(name_));
    if (!facts) return std::unexpected(facts.error());
    const auto owner_id = fleet::NamespaceOwner(*facts);
    Result<ContainerFacts> owner = Fail(Code::kNotFound, "no owner");
    if (owner_id) owner = Ask<ContainerFacts>(loop_, engine_.Inspect(*owner_id));
    const xds::ClientPlace place =
        controller::PlaceOf(*facts, owner ? &*owner : nullptr, spec::HostPolicy{});
    if (!place.doubt.empty())
      return Fail(Code::kUnavailable, "look at container " + name_ + ": " + place.doubt);
    id_ = facts->id;
    return filesink::ReaderSeen{.viewer = place.viewer,
                                .is_running = facts->status == EngineStatus::kRunning,
                                .process = static_cast<std::int32_t>(facts->pid)};
  }

  // The container that was looked at last, and not one that took its name meanwhile.
  Result<> Reload() override { return Ask<void>(loop_, engine_.Kill(id_, "SIGHUP")); }

 private:
  runtime::IoThread& loop_;
  docker::Engine& engine_;
  const std::string name_;
  ContainerId id_;
};

std::vector<std::vector<ServiceName>> ServicesOfAll(const std::vector<config::FileSink>& sinks) {
  std::vector<std::vector<ServiceName>> all;
  all.reserve(sinks.size());
  for (const config::FileSink& sink : sinks) all.push_back(ServicesOf(sink));
  return all;
}

}  // namespace

std::vector<ServiceName> ServicesOf(const config::FileSink& sink) {
  std::vector<ServiceName> names;
  names.reserve(sink.services.size());
  for (const std::string& text : sink.services)
    names.push_back(filesink::ParseServiceName(text).first);
  return names;
}

FileSinks::FileSinks(const std::vector<config::FileSink>& sinks, int pair,
                     runtime::IoThread& engine_loop, docker::Engine& engine,
                     xds::AdoptionSink& adoption, Told told)
    : work_(pair), join_(adoption, ServicesOfAll(sinks)) {
  for (std::size_t i = 0; i < sinks.size(); ++i) {
    const config::FileSink& sink = sinks[i];
    std::unique_ptr<filesink::FileReader> reader = std::make_unique<filesink::NoReader>();
    if (!sink.container.empty())
      reader = std::make_unique<ContainerReader>(engine_loop, engine, sink.container);
    if (!sink.pid_file.empty()) reader = std::make_unique<filesink::HostReader>(work_, i);
    sinks_.push_back(std::make_unique<filesink::FileSink>(
        filesink::FileSinkOptions{.index = i, .output = sink.output, .services = ServicesOf(sink)},
        filesink::FileSinkLimits{}, work_, std::move(reader),
        filesink::FileSink::Told{
            .status = [told, i](const controller::FileSinkStatus& now) { told.status(i, now); },
            .written = told.written,
            .trouble = told.trouble,
            .adopted =
                [this, i](const std::map<ServiceName, std::uint64_t>& revisions) {
                  join_.OnWritten(i, revisions);
                }}));
  }
}

void FileSinks::Publish(std::vector<fleet::ServiceViewPtr> changed,
                        std::vector<ServiceName> dropped) {
  for (const ServiceName& name : dropped) join_.Forget(name);
  for (const auto& sink : sinks_) sink->Publish(changed, dropped);
  discovery_->Publish(std::move(changed), std::move(dropped));
}

void FileSinks::OpenGate() {
  for (const auto& sink : sinks_) sink->OpenGate();
  discovery_->OpenGate();
}

}  // namespace fairlead::daemon
