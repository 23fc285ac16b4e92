// Every limit of the prober, with its default and the reason for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "h2/limits.h"

namespace fairlead::health {

using namespace std::chrono_literals;

struct ProberLimits {
  // First checks of targets that come together, e.g. at our own start: 500 a second is one
  // connection set-up per 2 ms, so 500 containers are known after a second and no core is full.
  Duration first_check_gap = 2ms;
  // A single new target is checked at once; so are this many at a time.
  int first_checks_at_once = 8;
  // Our loop later than this cannot tell a slow server from its own delay. An idle loop is late by
  // under 1 ms; the shortest timeout is 100 ms.
  Duration lateness_max = 50ms;
  // What is due waits so long for company, or for an answer that wakes us anyway: at most 500
  // wake-ups a second however many targets, for waking costs more than checking. A fiftieth of the
  // shortest timeout.
  Duration wake_granularity = 2ms;
  // The transport question is asked no oftener, whatever health.ping says: stock gRPC servers (Go,
  // C-core, Java, Python) acknowledge this many for as long as one likes.
  Duration ping_gap_least = 100ms;
  // A loop that is later than this judges no one as suspect: a fifth of the shortest limit.
  Duration suspicion_lateness_max = 10ms;
  // Between two questions to a suspect target (state model), for so long; then its interval will
  // do.
  Duration recheck_gap = 100ms;
  Duration recheck_longest = 10s;
  // Unanswered questions to a suspect target beside the one on the kept connection: with `fall` at
  // its default the last failure comes 200 ms after the first.
  std::size_t extra_connections_max = 3;
  // On a network where one target begins to be late so many others are asked whether they are, too,
  // and have this much longer to say so than the first has to prove it is not silent.
  std::size_t neighbours_asked = 8;
  Duration neighbours_head_start = 5ms;
  // A network stalls for a moment; what lasts longer is somebody's fault, and counts.
  Duration shared_stall_longest = 5s;
  // Those who stood still together do not come back in the same instant: on a busy host the last
  // one gets the processor some tens of milliseconds after the first.
  Duration shared_stall_aftermath = 100ms;
  // Our own health server, asked over the same path. It answers within a turn of our loop; a
  // question that long without an answer is as bad as the shortest timeout twice over.
  Duration canary_timeout = 200ms;
  // A pass so fresh vouches for a failure that was quicker than the next pass could be: at most ten
  // questions a second, however many targets fail.
  Duration canary_fresh = 100ms;
  // One lost answer makes what waited for it inconclusive; so many in a row are told.
  int canary_failures_told = 2;
  Duration canary_recheck_gap = 1s;  // while it fails
  Duration canary_interval = 30s;    // while nobody waits for it: it stays connected and known
  // Its server is for us alone; some room for those who scan the ports of this host.
  std::size_t canary_connections_max = 64;
  std::uint16_t canary_port = 0;               // asked in place of our own server; 0 = our own
  std::size_t http_head_bytes_max = 4 * 1024;  // the status line is all that is read
  // From a TLS file's replacement by a bad one to its being told. New connections look anyway.
  Duration tls_look_interval = 10s;
  // Of one reply, with the TLS handshake before it: byte by byte costs a wake-up each.
  int http_reads_max = 64;
  // A server that has cost more than its limits (these, and those of `client`) is left alone: the
  // first time for as long as a person needs to look, then ever longer. A check that costs one
  // limit's worth each five minutes is below a ten-thousandth of a core.
  Duration quarantine_first = 10s;
  Duration quarantine_most = 5min;
  h2::ClientLimits client{};
};

}  // namespace fairlead::health
