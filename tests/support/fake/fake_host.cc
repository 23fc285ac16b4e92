#include "support/fake/fake_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace fairlead::test {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

constexpr int kKilled = 137;
constexpr int kTerminated = 143;
constexpr int kStopTimeoutSeconds = 10;  // the engine's, where neither call nor container has one
// Docker's back-off between restarts, in its seconds: 100 ms doubling to a minute.
constexpr double kBackOffFirst = 0.1;
constexpr double kBackOffMost = 60;

}  // namespace

std::int64_t FakeHost::now_ns() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::nanoseconds(now).count() + clock_offset_.count();
}

std::string FakeHost::now_text() const {
  const std::int64_t now = now_ns();
  const std::time_t seconds = now / kNanosecondsPerSecond;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     now % kNanosecondsPerSecond);
}

std::string FakeHost::Add(const std::string& name, std::map<std::string, std::string> labels) {
  FakeContainer container;
  container.id = fmt::format("{:064x}", 0xabc000 + added_++);
  container.name = name;
  container.labels = std::move(labels);
  const std::string id = container.id;
  containers_[id] = std::move(container);
  return id;
}

std::string FakeHost::Create(const std::string& name, std::map<std::string, std::string> labels) {
  const std::string id = Add(name, std::move(labels));
  Tell(At(id), "create");
  return id;
}

void FakeHost::Tell(const FakeContainer& container, const std::string& action,
                    std::map<std::string, std::string> attributes, bool is_of_stop) {
  if (is_silent_) return;
  FakeEvent event{
      .action = action, .actor_id = container.id, .time_ns = now_ns(), .is_of_stop = is_of_stop};
  event.attributes = std::move(attributes);
  // Labels go over the attributes, all but these two, which is how they can be forged.
  for (const auto& [key, value] : container.labels) event.attributes[key] = value;
  event.attributes["image"] = container.image;
  event.attributes["name"] = container.name;
  on_event_(std::move(event));
}

void FakeHost::TellNetwork(const FakeContainer& container, const FakeNetwork& network,
                           const std::string& action) {
  if (is_silent_) return;
  on_event_(
      {.type = "network",
       .action = action,
       .actor_id = network.id,
       .attributes = {{"container", container.id}, {"name", network.name}, {"type", "bridge"}},
       .time_ns = now_ns()});
}

void FakeHost::Emit(const std::string& id, const std::string& action,
                    std::map<std::string, std::string> attributes) {
  Tell(At(id), action, std::move(attributes));
}

void FakeHost::Start(const std::string& id) {
  FakeContainer& container = At(id);
  container.status = "running";
  container.started_at = now_text();
  container.pid = 1000 + 100 * static_cast<std::int64_t>(added_) + ++container.starts;
  container.oom_killed = false;
  container.is_stopped_by_hand = false;
  for (const FakeNetwork& network : container.networks) TellNetwork(container, network, "connect");
  Tell(container, "start");
}

bool FakeHost::WillRestart(const FakeContainer& container) const {
  if (container.is_stopped_by_hand || is_silent_) return false;
  const std::string& policy = container.restart_policy;
  if (policy == "always" || policy == "unless-stopped") return true;
  return policy == "on-failure" && container.exit_code != 0 &&
         (container.restart_maximum == 0 || container.restart_count < container.restart_maximum);
}

void FakeHost::Die(const std::string& id, int exit_code) {
  FakeContainer& container = At(id);
  container.exit_code = exit_code;
  container.finished_at = now_text();
  container.pid = 0;
  const bool restarts = WillRestart(container);
  container.status = restarts ? "restarting" : "exited";
  Tell(container, "die", {{"exitCode", fmt::format("{}", exit_code)}});
  for (const FakeNetwork& network : container.networks) {
    TellNetwork(container, network, "disconnect");
  }
  if (restarts) {
    const double back_off =
        std::min(kBackOffFirst * static_cast<double>(1ULL << std::min(container.restart_count, 20)),
                 kBackOffMost);
    asio::co_spawn(context_,
                   RestartLater(id, std::chrono::duration_cast<Duration>(second_ * back_off)),
                   asio::detached);
  } else if (container.auto_remove) {
    Tell(container, "destroy");
    containers_.erase(id);
  }
}

void FakeHost::Exit(const std::string& id, int exit_code) {
  if (At(id).is_alive()) Die(id, exit_code);
}

void FakeHost::Oom(const std::string& id) {
  FakeContainer& container = At(id);
  if (!container.is_alive()) return;
  container.oom_killed = true;
  Tell(container, "oom");
  Die(id, kKilled);
}

void FakeHost::Pause(const std::string& id) {
  At(id).status = "paused";
  Tell(At(id), "pause");
}

void FakeHost::Unpause(const std::string& id) {
  At(id).status = "running";
  Tell(At(id), "unpause");
}

void FakeHost::Rename(const std::string& id, const std::string& name) {
  const std::string old = std::exchange(At(id).name, name);
  Tell(At(id), "rename", {{"oldName", "/" + old}});
}

void FakeHost::Remove(const std::string& id) {
  FakeContainer& container = At(id);
  const bool was_alive = container.is_alive();
  container.is_stopped_by_hand = true;
  if (was_alive) {
    Signal(container, "9");
    Die(id, kKilled);
  }
  if (!Has(id)) return;  // the engine removed it itself
  Tell(container, "destroy");
  containers_.erase(id);
}

void FakeHost::Connect(const std::string& id, FakeNetwork network) {
  FakeContainer& container = At(id);
  container.networks.push_back(network);
  if (container.is_alive()) TellNetwork(container, network, "connect");
}

void FakeHost::Disconnect(const std::string& id, const std::string& network) {
  FakeContainer& container = At(id);
  const auto found = std::ranges::find(container.networks, network, &FakeNetwork::name);
  if (found == container.networks.end()) return;
  const FakeNetwork gone = *found;
  container.networks.erase(found);
  if (container.is_alive()) TellNetwork(container, gone, "disconnect");
}

void FakeHost::SetHealth(const std::string& id, const std::string& health) {
  At(id).health = health;
  Tell(At(id), "health_status: " + health);
}

void FakeHost::Signal(FakeContainer& container, const std::string& signal, bool is_of_stop) {
  Tell(container, "kill", {{"signal", signal}}, is_of_stop);
}

awaitable<void> FakeHost::Pass(Duration time) {
  asio::steady_timer timer(context_, time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

awaitable<void> FakeHost::RestartLater(std::string id, Duration after) {
  co_await Pass(after);
  if (!Has(id) || At(id).status != "restarting" || is_silent_) co_return;
  ++At(id).restart_count;
  Start(id);
}

void FakeHost::Hasten(const std::string& id) {
  if (Has(id)) hastened_[id] = true;
}

// In small steps, because the process may be killed meanwhile by somebody else.
awaitable<void> FakeHost::WaitUntilDead(const std::string& id, Duration at_most) {
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (Has(id) && At(id).is_alive() && !hastened_.contains(id) &&
         std::chrono::steady_clock::now() < until) {
    co_await Pass(std::min<Duration>(at_most, 1ms));
  }
  hastened_.erase(id);
}

awaitable<void> FakeHost::Stop(std::string id, std::optional<int> timeout_s) {
  FakeContainer& container = At(id);
  container.is_stopped_by_hand = true;
  if (container.status == "restarting") {
    container.status = "exited";
    Tell(container, "stop");
    co_return;
  }
  Signal(container, container.stop_signal.empty() ? "15" : container.stop_signal,
         /*is_of_stop=*/true);
  if (container.status == "paused") Unpause(id);
  if (container.ignores_term) {
    const int seconds = timeout_s.value_or(container.stop_timeout_s.value_or(kStopTimeoutSeconds));
    co_await WaitUntilDead(id, second_ * seconds);
    if (!Has(id)) co_return;
    if (At(id).is_alive()) {
      Signal(At(id), "9", /*is_of_stop=*/true);
      Die(id, kKilled);
    }
  } else {
    Die(id, kTerminated);
  }
  if (Has(id)) Tell(At(id), "stop");
}

awaitable<FakeHost::Outcome> FakeHost::Kill(const std::string& id, std::string signal) {
  FakeContainer& container = At(id);
  if (container.status == "restarting") {
    container.is_stopped_by_hand = true;
    container.status = "exited";
    co_return Outcome{};
  }
  if (!container.is_alive()) {
    co_return Outcome{409,
                      fmt::format("Cannot kill container: {0}: Container {0} is not running", id)};
  }
  if (signal.starts_with("SIG")) signal.erase(0, 3);
  const bool is_kill = signal.empty() || signal == "KILL" || signal == "9";
  const bool is_term = signal == "TERM" || signal == "15";
  Signal(container, is_kill ? "9" : is_term ? "15" : signal);
  if (is_kill || is_term) container.is_stopped_by_hand = true;
  if (is_kill) {
    if (container.status == "paused") Unpause(id);
    Die(id, kKilled);
  } else if (is_term && !container.ignores_term) {
    Die(id, kTerminated);
  }
  co_return Outcome{};
}

awaitable<FakeHost::Outcome> FakeHost::Act(std::string id, std::string verb,
                                           std::optional<int> timeout_s, std::string signal) {
  if (!Has(id)) co_return Outcome{404, "No such container: " + id};
  const bool is_up = At(id).is_alive() || At(id).status == "restarting";
  if (verb == "kill") {
    const Outcome outcome = co_await Kill(id, std::move(signal));
    co_return outcome;
  }
  if (verb == "stop" && !is_up) co_return Outcome{304, ""};
  if (verb == "start" && is_up) co_return Outcome{304, ""};
  if (verb == "pause" || verb == "unpause") {
    const bool is_possible = At(id).status == (verb == "pause" ? "running" : "paused");
    if (!is_possible) co_return Outcome{409, fmt::format("Container {} cannot {}", id, verb)};
    verb == "pause" ? Pause(id) : Unpause(id);
    co_return Outcome{};
  }
  if (verb == "restart" && tells_restart_first_) Tell(At(id), "restart");
  if (verb == "stop" || (verb == "restart" && is_up)) co_await Stop(id, timeout_s);
  if (verb == "stop") co_return Outcome{};
  if (verb != "start" && verb != "restart") co_return Outcome{404, "page not found"};
  if (!Has(id)) co_return Outcome{404, "No such container: " + id};
  if (At(id).fails_to_start) {
    co_return Outcome{500, "driver failed programming external connectivity on endpoint"};
  }
  // Of several restarts at once only the first has something to start.
  if (!At(id).is_alive()) Start(id);
  if (verb == "restart" && !tells_restart_first_) Tell(At(id), "restart");
  co_return Outcome{};
}

void FakeHost::StopByOthers(const std::string& id, int timeout_s) {
  asio::co_spawn(context_, Act(id, "stop", timeout_s, ""), asio::detached);
}

void FakeHost::RestartByOthers(const std::string& id, int timeout_s) {
  asio::co_spawn(context_, Act(id, "restart", timeout_s, ""), asio::detached);
}

void FakeHost::StopAll() {
  std::vector<std::string> ids;
  for (const auto& [id, container] : containers_) {
    if (container.is_alive()) ids.push_back(id);
  }
  for (const std::string& id : ids) Signal(At(id), "15");
  for (const std::string& id : ids) {
    // Not by hand: what was stopped so comes back with the engine. Its policy waits until then.
    FakeContainer& container = At(id);
    const bool by_hand = std::exchange(container.is_stopped_by_hand, true);
    Die(id, kTerminated);
    if (!Has(id)) continue;
    At(id).is_stopped_by_hand = by_hand;
    Tell(At(id), "stop");
  }
}

void FakeHost::StartPolicies() {
  for (auto& [id, container] : containers_) {
    if (container.is_alive() || container.status == "created") continue;
    const bool comes_back =
        container.restart_policy == "always" ||
        (container.restart_policy == "unless-stopped" && !container.is_stopped_by_hand) ||
        (container.restart_policy == "on-failure" && container.exit_code != 0 &&
         !container.is_stopped_by_hand);
    if (comes_back) Start(id);
  }
}

}  // namespace fairlead::test
