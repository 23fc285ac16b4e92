// FakeContainer: one container as a fake engine knows it. A test may edit any field.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fairlead::test {

inline constexpr const char* kNever = "0001-01-01T00:00:00Z";

struct FakeNetwork {
  std::string name = "bridge";
  std::string id = "b1";
  std::string ipv4 = "172.31.255.2";
  std::string ipv6;
  bool operator==(const FakeNetwork&) const = default;
};

struct FakePort {
  std::uint16_t container_port = 0;
  std::uint16_t host_port = 0;
  bool operator==(const FakePort&) const = default;
};

struct FakeContainer {
  std::string id;
  std::string name;
  std::map<std::string, std::string> labels;
  std::string image = "busybox";

  // The engine's words; "restarting" is the wait of a restart policy.
  std::string status = "created";
  std::string started_at = kNever;
  std::string finished_at = kNever;
  std::int64_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  int restart_count = 0;
  int starts = 0;
  bool is_stopped_by_hand = false;  // an API stop or kill ends restarts until the next start
  std::string health;               // "", "starting", "healthy", "unhealthy"

  std::string restart_policy = "no";  // "always", "unless-stopped", "on-failure"
  int restart_maximum = 0;
  bool auto_remove = false;
  std::string network_mode = "default";
  std::string stop_signal;  // "" is SIGTERM
  std::optional<int> stop_timeout_s;
  std::vector<FakeNetwork> networks = {FakeNetwork{}};
  std::vector<std::uint16_t> exposed;
  std::vector<FakePort> published;

  // How the process behaves.
  bool ignores_term = false;  // a stop takes its whole timeout and ends by SIGKILL
  bool fails_to_start = false;

  bool operator==(const FakeContainer&) const = default;
  bool is_alive() const { return status == "running" || status == "paused"; }
};

}  // namespace fairlead::test
