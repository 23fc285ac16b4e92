// NameServerLimits: what one asker, or all of them, may cost; and the words that metrics have for
// it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace fairlead::nameserver {

// What a client may keep an answer for. As short as DNS knows without forbidding to keep it at all.
inline constexpr std::uint32_t kTtlSeconds = 1;

struct NameServerLimits {
  // An answer over UDP: what passes every link without fragments (DNS Flag Day 2020).
  std::size_t udp_bytes_max = 1232;
  // After so long nobody uses an answer any more: its TTL, and a second for resolvers that count
  // whole ones and for the connection that is made with it.
  Duration answer_life = std::chrono::seconds(2);
  // Addresses of askers that are known or being asked about; the one unheard for longest makes
  // room.
  std::size_t askers_max = 1024;
  // Off the host, of one address, per second and at once.
  double queries_per_second = 1000;
  // Of all addresses that are not known yet: each costs a look at the engine's list.
  double newcomers_per_second = 100;
  // Questions that wait until it is known who asks; and how long: half of what a stub resolver
  // waits.
  std::size_t waiting_max = 256;
  Duration locate_patience = std::chrono::seconds(2);
  // What is known of an asker is followed for so long after its last question.
  Duration asker_idle = std::chrono::minutes(2);
  // Who is no container and not the host is looked up again after this.
  Duration stranger_memory = std::chrono::seconds(1);
  // TCP connections in all, and of one address off the host.
  std::size_t connections_max = 256;
  std::size_t connections_per_asker_max = 16;
  // From one question on a connection to the end of the next.
  Duration tcp_idle = std::chrono::seconds(10);
};

// Words of fairlead_dns_limit_hits_total.
namespace limit {
inline constexpr std::string_view kQueries = "queries";
inline constexpr std::string_view kNewcomers = "newcomers";
inline constexpr std::string_view kWaiting = "waiting";
inline constexpr std::string_view kConnections = "connections";
inline constexpr std::string_view kIdle = "idle";
}  // namespace limit

}  // namespace fairlead::nameserver
