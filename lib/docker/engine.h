// Engine: what fairlead asks of a Docker Engine (or anything that speaks its API).
//
// Why an interface: the controller is tested against a fake with state, and the same contract tests
// run against the fake and real engines.
// Threads: every coroutine runs on the executor of the awaiting coroutine, which must be the
// engine's own loop. Every call has a deadline inside and ends with kDeadlineExceeded by itself.
// Errors: kUnavailable (no engine, connection lost), kDeadlineExceeded, kNotFound (404),
// kAlreadyExists (409 and 304: nothing to do), kPermissionDenied, kInvalidArgument (400),
// kUnauthenticated (TLS: one side does not believe the other, or our files are no good),
// kResourceExhausted (no file descriptor left), kUnimplemented (API too old or too new), kDataLoss
// (an answer we cannot read), kInternal (5xx).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "spec/container_facts.h"

namespace fairlead::docker {

namespace asio = boost::asio;

// The engine's own process, as far as the kernel tells: only behind a unix socket that the engine
// itself opened. A socket that systemd opened shows systemd, and a proxy's shows the proxy, for
// ever: neither says anything about the engine, and both read as unknown.
struct EngineProcess {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  bool is_known() const { return pid != 0; }
  bool operator==(const EngineProcess&) const = default;
};

struct EngineInfo {
  std::string api_version;     // negotiated, e.g. "1.41"
  std::string engine_version;  // "20.10.24"
  std::string engine_id;       // changes when it is another engine
  std::string system_time;     // the engine's own wall clock, RFC 3339
  std::int64_t system_time_ns = 0;
  EngineProcess process;
  // Its events outlive it (Podman writes them to a journal); an engine's own history does not.
  bool keeps_history = false;
};

// One line of the list call: enough to know who exists and who asks to be managed.
struct ContainerSummary {
  ContainerId id;
  std::vector<std::string> names;
  EngineStatus status = EngineStatus::kCreated;
  std::map<std::string, std::string> labels;
  // Ordered by name; empty also where an engine does not list them.
  std::vector<NetworkAddress> networks;
};

// Who runs, and where on which network.
struct RunningContainer {
  ContainerId id;
  std::vector<NetworkAddress> networks;
};

// One event, reduced to what may be believed. Attributes other than these are forgeable by labels
// (facts of the engine: labels are merged over attributes), so they are not even carried.
struct EngineEvent {
  std::string type;          // "container" or "network"; "" for a record nobody could read
  std::string action;        // exact word: "die", "kill", "start", "connect" ...
  std::string actor_id;      // container or network id
  std::string signal;        // of "kill"; forgeable, a hint only
  std::int64_t time_ns = 0;  // the engine's wall clock; not monotonic
  // Whom a network's "connect" or "disconnect" is about; a hint only.
  std::string network_container_id;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Unversioned ping, version negotiation (from API 1.40 up), the engine's own clock.
  virtual asio::awaitable<Result<EngineInfo>> Hello() = 0;

  // Cheap liveness question on a connection of its own.
  virtual asio::awaitable<Result<>> Ping() = 0;

  // All containers, stopped ones included, that carry at least one of the opt-in labels.
  virtual asio::awaitable<Result<std::vector<ContainerSummary>>> List() = 0;

  // Every running container, labelled or not; 73 us of the engine's CPU each, so not for each
  // client.
  virtual asio::awaitable<Result<std::vector<RunningContainer>>> ListRunning() = 0;

  virtual asio::awaitable<Result<ContainerFacts>> Inspect(ContainerId id) = 0;
  // Whatever is called `name` now; not for acts on replicas. kNotFound also where the engine knows
  // one only by an id that begins like this.
  virtual asio::awaitable<Result<ContainerFacts>> Find(std::string name) = 0;

  // Subscribes to container and network events from `since_ns` (the engine's clock) on. Calls
  // `on_open` once the engine has accepted, then `on_event` for each. Returns only when the stream
  // ends: kUnavailable on EOF, kDataLoss on bytes that are no event stream. May run on a loop of
  // its own, if the engine was made for that; `on_open` and `on_event` are called there.
  virtual asio::awaitable<Result<>> Events(std::int64_t since_ns, std::function<void()> on_open,
                                           std::function<void(EngineEvent)> on_event) = 0;

  // `stop_timeout` none = the container's own. `call_deadline` must exceed it by 14 s (a hang-up
  // during a stop is a SIGKILL on engines 23.0.0-23.0.6 and 24.0.0-24.0.2).
  virtual asio::awaitable<Result<>> Stop(ContainerId id, std::optional<Duration> stop_timeout,
                                         Duration call_deadline) = 0;
  virtual asio::awaitable<Result<>> Restart(ContainerId id, std::optional<Duration> stop_timeout,
                                            Duration call_deadline) = 0;
  virtual asio::awaitable<Result<>> Start(ContainerId id) = 0;
  virtual asio::awaitable<Result<>> Kill(ContainerId id, std::string signal) = 0;
};

}  // namespace fairlead::docker
