// ContainerFacts: what the engine's inspect says about one container, in our words.
//
// Why here: the docker adapter makes it, label reading and the core consume it, and neither may
// know the other. Everything in it is outside input: text may hold any bytes, numbers any value
// that fits the type. Absent fields keep their defaults.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/names.h"

namespace fairlead {

// The engine's own word for the container's state (State.Status of inspect).
enum class EngineStatus { kCreated, kRunning, kPaused, kRestarting, kRemoving, kExited, kDead };

enum class DockerHealth { kNone, kStarting, kHealthy, kUnhealthy };

enum class RestartPolicy { kNo, kAlways, kUnlessStopped, kOnFailure };

// One network that the container is attached to, with its addresses there (either may be empty).
struct NetworkAddress {
  std::string network;     // the engine's network name
  std::string network_id;  // its id: two networks may share a name
  std::string ipv4;
  std::string ipv6;
  const std::string& ip() const { return ipv4.empty() ? ipv6 : ipv4; }
  bool is_host_routable = true;  // whether the host's own routing table reaches it on-link
  bool operator==(const NetworkAddress&) const = default;
};

struct PublishedPort {
  std::uint16_t container_port = 0;
  std::string host_ip;
  std::uint16_t host_port = 0;
  bool operator==(const PublishedPort&) const = default;
};

struct ContainerFacts {
  ContainerId id;
  std::string name;   // without the leading slash; shown, never compared
  std::string image;  // as written in Config.Image
  std::string user;   // as written in Config.User: "", "1000", "1000:1000", "nginx"
  std::map<std::string, std::string> labels;
  EngineStatus status = EngineStatus::kCreated;
  std::string created;     // engine time text
  std::string started_at;  // "0001-01-01T00:00:00Z" while never started
  // The same as nanoseconds since 1970 by the engine's clock; 0 = never, or not to be compared.
  std::int64_t started_ns = 0;
  // When its last life ended, likewise; 0 = it never did, or the engine does not say.
  std::int64_t finished_ns = 0;
  std::int64_t pid = 0;  // 0 while not running
  int exit_code = 0;
  bool oom_killed = false;
  int restart_count = 0;
  RestartPolicy restart_policy = RestartPolicy::kNo;
  int restart_maximum = 0;  // on-failure:N; 0 = without limit
  bool auto_remove = false;
  std::string stop_signal;  // "" = SIGTERM
  std::optional<std::chrono::seconds>
      stop_timeout;          // the container's own; none = the engine's 10 s
  std::string network_mode;  // "host", "none", "bridge", "container:<id>", a network name
  std::vector<NetworkAddress> networks;          // ordered by network name
  std::vector<std::uint16_t> exposed_tcp_ports;  // ascending, without repeats
  std::vector<PublishedPort> published_tcp_ports;
  bool has_healthcheck = false;
  DockerHealth docker_health = DockerHealth::kNone;
  // Found out on this host and not told by the engine (netdiag/reach.h); all else is the engine's.
  std::uint64_t pid_start_ticks = 0;  // field 22 of /proc/PID/stat; 0 = not seen from here
  std::string namespace_obstacle;     // why its network cannot be entered from here; empty = it can

  Generation generation() const { return {id, started_at}; }
  bool operator==(const ContainerFacts&) const = default;
};

}  // namespace fairlead
