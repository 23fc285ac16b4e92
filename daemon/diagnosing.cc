#include "diagnosing.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "base/error_reasons.h"
#include "base/text.h"
#include "diagnose/namespace_probes.h"
#include "netdiag/namespace_socket.h"
#include "spec/check_profile.h"
#include "spec/compose_labels.h"
#include "spec/read_labels.h"

namespace fairlead::daemon {
namespace {

// An engine on the same host answers within milliseconds; looking at hundreds of containers takes
// longer.
constexpr std::chrono::seconds kEnginePatience{10};
constexpr std::size_t kContainersMax = 2'000;  // that are inspected to find a client by its name
constexpr std::size_t kIdPrefixMin = 3;

// Waits for what `ask` gives on the engine's loop. The promise is shared, because the engine may
// answer after nobody waits any more.
template <class Value, class Ask>
Result<Value> Await(runtime::IoThread& loop, Ask ask) {
  auto answer = std::make_shared<std::promise<Result<Value>>>();
  std::future<Result<Value>> value = answer->get_future();
  const auto run =
      [](Ask question,
         std::shared_ptr<std::promise<Result<Value>>> to) -> docker::asio::awaitable<void> {
    Result<Value> got = co_await question();
    to->set_value(std::move(got));
  };
  boost::asio::co_spawn(loop.context(), run(std::move(ask), std::move(answer)),
                        boost::asio::detached);
  if (value.wait_for(kEnginePatience) != std::future_status::ready)
    return Fail(Code::kDeadlineExceeded, "the engine does not answer",
                {.reason = reasons::kEngineSilent});
  return value.get();
}

docker::asio::awaitable<Result<ContainerFacts>> FindRunning(docker::Engine& engine,
                                                            std::string name) {
  const auto running = co_await engine.ListRunning();
  if (!running) co_return std::unexpected(running.error());
  std::size_t looked_at = 0;
  for (const docker::RunningContainer& one : *running) {
    if (++looked_at > kContainersMax) break;
    ContainerId id = one.id;
    Result<ContainerFacts> facts = co_await engine.Inspect(std::move(id));
    if (!facts) continue;  // it has just gone
    const bool is_named = facts->name == name;
    const bool has_prefix = name.size() >= kIdPrefixMin && one.id.value.starts_with(name);
    if (is_named || has_prefix) co_return facts;
  }
  co_return Fail(Code::kNotFound,
                 "find client " + Printable(name, 80) +
                     ": no running container has that name or id; `docker ps` lists them",
                 {.reason = reasons::kNoSuchReplica, .subject = Printable(name, 80)});
}

spec::NetworkNamespace PlaceOf(const ContainerFacts& facts) {
  return {.container = facts.id,
          .pid = facts.pid,
          .start_ticks = netdiag::StartTicks(facts.pid),
          .obstacle = ""};
}

Result<int> SocketOf(netdiag::NamespaceWork& work, const ContainerFacts& facts, int family,
                     int type) {
  Result<netdiag::FileDescriptor> made =
      work.SocketIn(PlaceOf(facts), {.family = family, .type = type | SOCK_NONBLOCK});
  if (!made) return std::unexpected(made.error());
  return made->Release();
}

std::vector<std::string> SharedIps(const ContainerFacts& client,
                                   const std::vector<fleet::ReplicaExplanation>& replicas) {
  std::vector<std::string> ips;
  for (const fleet::ReplicaExplanation& one : replicas) {
    if (!one.endpoint) continue;
    for (const NetworkAddress& address : one.endpoint->addresses) {
      const bool is_shared = std::ranges::any_of(client.networks, [&](const NetworkAddress& own) {
        return own.network_id == address.network_id;
      });
      if (is_shared && !address.ip().empty()) {
        ips.push_back(address.ip());
        break;
      }
    }
  }
  return ips;
}

// How its clients dial it as a rule: by the name that Compose gives it, else as fairlead calls it.
std::string DialledName(const ContainerFacts& server, const fleet::Explanation& found) {
  const spec::ComposeIdentity compose = spec::ReadCompose(server.labels);
  return compose.service.empty() ? found.service.name.service : compose.service;
}

}  // namespace

void Diagnosing::Begin(admin::DiagnoseQuestion question,
                       std::function<bool(const diagnose::Step&)> tell,
                       std::function<void(Result<>)> done) {
  if (is_stopping_ || is_busy_.exchange(true)) {
    done(Fail(Code::kResourceExhausted, "diagnose: another diagnosis is under way; try again",
              {.reason = reasons::kDiagnosisUnderWay}));
    return;
  }
  loop_.Post(
      [this, question = std::move(question), tell = std::move(tell), done = std::move(done)] {
        Result<> result = Run(question, tell);
        is_busy_ = false;
        done(std::move(result));
      });
}

void Diagnosing::Stop() {
  is_stopping_ = true;
  loop_.Stop();
}

Result<fleet::Explanation> Diagnosing::ServerOf(const std::string& service) {
  auto answer = std::make_shared<std::promise<Result<fleet::Explanation>>>();
  std::future<Result<fleet::Explanation>> found = answer->get_future();
  control_.Explain(service, [answer](Result<fleet::Explanation> explained) {
    answer->set_value(std::move(explained));
  });
  if (found.wait_for(kEnginePatience) != std::future_status::ready)
    return Fail(Code::kUnavailable, "the core does not answer");
  return found.get();
}

Result<diagnose::Case> Diagnosing::CaseOf(const admin::DiagnoseQuestion& question) {
  Result<fleet::Explanation> found = ServerOf(question.service);
  if (!found) return std::unexpected(found.error());
  if (found->replicas.empty()) {
    return Fail(Code::kNotFound,
                "diagnose: " + Printable(question.service, 80) +
                    " has no container; `fairlead replicas` lists what there is",
                {.reason = reasons::kNoSuchReplica, .subject = Printable(question.service, 80)});
  }
  // What is out of rotation is what fails.
  const auto out = std::ranges::find_if(found->replicas, [](const fleet::ReplicaExplanation& one) {
    return !one.report.in_rotation;
  });
  const fleet::ReplicaReport server =
      (out != found->replicas.end() ? *out : found->replicas.front()).report;
  diagnose::Case setting;
  docker::Engine& engine = engine_;
  Result<ContainerFacts> facts = Await<ContainerFacts>(
      engine_loop_, [&engine, id = server.generation.id] { return engine.Inspect(id); });
  if (!facts) return std::unexpected(facts.error());
  setting.server = std::move(*facts);
  facts = Await<ContainerFacts>(
      engine_loop_, [&engine, name = question.client] { return FindRunning(engine, name); });
  if (!facts) return std::unexpected(facts.error());
  setting.client = std::move(*facts);
  setting.server_shown = server.name;
  setting.port = found->service.port;
  setting.name =
      question.dialled_name.empty() ? DialledName(setting.server, *found) : question.dialled_name;
  // Its checks are made as its labels say.
  const spec::LabelReading reading = spec::ReadLabels(setting.server, host_.policy);
  if (reading.spec) {
    setting.health_service = reading.spec->health.service;
    const spec::CheckProfile wanted = spec::ReadCheckProfile(reading.spec->health.tls_profile);
    setting.tls_profile = wanted.profile;
    setting.tls_server_name = wanted.server_name;
  }
  setting.uses_tls = question.uses_tls || !setting.tls_profile.empty();
  setting.replica_ips = SharedIps(setting.client, found->replicas);
  return setting;
}

Result<> Diagnosing::Run(const admin::DiagnoseQuestion& question,
                         const std::function<bool(const diagnose::Step&)>& tell) {
  const Result<diagnose::Case> setting = CaseOf(question);
  if (!setting) return std::unexpected(setting.error());
  const ContainerFacts& client = setting->client;
  const ContainerFacts& server = setting->server;
  std::optional<tls::Profile> profile;
  if (const auto found = host_.tls_profiles.find(setting->tls_profile);
      found != host_.tls_profiles.end()) {
    profile = found->second;
    if (profile->server_name.empty()) profile->server_name = setting->tls_server_name;
  }
  diagnose::NamespaceProbes probes(
      {.client_socket = [&](int family,
                            int type) { return SocketOf(host_.namespaces, client, family, type); },
       .client_resolv_conf =
           [&] {
             return host_.namespaces.Read(PlaceOf(client), netdiag::ContainerFile::kResolvConf);
           },
       .client_pid = client.pid,
       .server_pid = server.pid,
       .check_pids = [&]() -> Result<> {
         for (const ContainerFacts* facts : {&client, &server}) {
           const Result<netdiag::FileDescriptor> made =
               host_.namespaces.SocketIn(PlaceOf(*facts), {.family = AF_INET, .type = SOCK_DGRAM});
           if (!made) return std::unexpected(made.error());
         }
         return {};
       },
       .tls = profile,
       .log_tail =
           [&] {
             return Await<std::vector<std::string>>(
                 engine_loop_, [this, id = server.id] { return host_.logs(id); });
           }});
  diagnose::Diagnose(*setting, probes,
                     [&](const diagnose::Step& step) { return !is_stopping_ && tell(step); });
  return {};
}

}  // namespace fairlead::daemon
