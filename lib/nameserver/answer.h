// Answer: a query's bytes to its answer's.
//
// Why pure: everything that somebody may send is decided here, so that it is tested as values.
// Never answered: what is itself an answer, and what has no header; so no two servers can be made
// to talk for ever. A refusal is no longer than what it refuses, so nobody gains by asking in
// another's name.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "dns/message.h"
#include "nameserver/zone.h"
#include "spec/names.h"

namespace fairlead::nameserver {

// RCODEs, EDNS' own among them.
inline constexpr int kNoError = 0;
inline constexpr int kFormatError = 1;
inline constexpr int kServerFailure = 2;
inline constexpr int kNoSuchName = 3;
inline constexpr int kNotImplemented = 4;
inline constexpr int kRefused = 5;
inline constexpr int kBadVersion = 16;

struct Circumstances {
  const Zone& zone;
  // Who asks; nothing: neither the host nor one of its containers.
  std::optional<Asker> asker;
  std::string local_ip;    // where we were asked
  bool is_serving = true;  // the zone is what the core says, and not yet to come
  bool is_tcp = false;
  std::size_t udp_bytes_max = 1232;
};

struct Answer {
  std::vector<std::byte> bytes;  // empty: nothing is said
  int code = kNoError;
  std::uint16_t type = 0;  // that was asked for; 0: no question was read
  // Whose replicas' addresses are in it.
  std::optional<ServiceName> told;
};

// Addresses come in an order that `rng` decides, anew each time.
Answer AnswerTo(std::span<const std::byte> query, const Circumstances& circumstances, Rng& rng);

// The same where nobody can be asked who the asker is.
Answer FailureOf(std::span<const std::byte> query, const Circumstances& circumstances);

// For people and metrics: "A", "SRV", "other"; "NOERROR", "NXDOMAIN".
std::string TypeName(std::uint16_t type);
std::string CodeName(int code);

}  // namespace fairlead::nameserver
