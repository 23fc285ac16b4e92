// Every limit on what an HTTP/2 peer may send us, with its default and the reason for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace fairlead::h2 {

using namespace std::chrono_literals;

// Of connections that were accepted and wait for their begin (arrivals.h).
struct ArrivalLimits {
  // All that wait here; further ones wait in the kernel.
  std::size_t waiting_max = 2'048;
  // How often a peer may be cut off within a second. A gRPC client comes back a second later, and
  // then later still; so these are ten broken clients behind one address, from the first moment.
  std::uint32_t offences_per_second_max = 10;
  // Who is cut off more often is an offender until it has been quiet for so long.
  Duration offender_term = 1s;
  // From one of an offender's connections to its next: with what one may cost us before it is cut
  // off, some 0.3 ms, it has 1.5 % of a core.
  Duration offender_pace = 20ms;
  // An offender's connections that wait, 1.3 s at that pace; the next is closed.
  std::size_t offender_waiting_max = 64;
  // Peers whose offences are remembered. Nobody else's count.
  std::size_t offenders_max = 1'024;
};

struct ServerLimits {
  ArrivalLimits arrivals;
  std::size_t connections_max = 16'384;          // below the usual hard limit of 20,000 files
  std::size_t connections_per_peer_max = 1'024;  // one host with many clients behind one address
  // When there are as many as may be, one without a call makes room (room.h): of these at once, or,
  // among peers that have equally many, after so long.
  Duration idle_enough = 1s;
  std::uint32_t streams_per_connection_max = 100;  // SETTINGS_MAX_CONCURRENT_STREAMS
  // Refused and still there to read why (parting.h); in the place that they had. Others are closed
  // at once, so that no one who is refused again and again keeps the places of those who are not.
  std::size_t connections_parting_max = 256;
  std::size_t header_list_bytes_max = 16 * 1024;    // a client's headers are under 1 KiB
  std::size_t message_bytes_max = 4 * 1024 * 1024;  // gRPC's own default receive limit
  std::size_t connection_buffer_bytes_max =
      8 * 1024 * 1024;                              // unfinished messages of one connection
  std::size_t buffer_bytes_max = 64 * 1024 * 1024;  // unfinished messages of all connections
  std::uint32_t frames_per_second_max = 20'000;     // of one connection; a busy client sends tens
  // Rapid reset (CVE-2023-44487), and streams that we reset for what the peer sent (CVE-2025-8671).
  std::uint32_t resets_per_minute_max = 200;
  // Streams over streams_per_connection_max. A client may begin that many before it hears of the
  // limit, in its first round trip; afterwards none may begin one (RFC 9113, 5.1.2).
  std::uint32_t refused_streams_per_minute_max = 1'000;
  std::uint32_t control_frames_per_second_max = 1'000;  // PING, SETTINGS, empty DATA, CONTINUATION
  Duration handshake_timeout = 5s;                      // preface and SETTINGS
  Duration write_stall_timeout = 30s;                   // bytes wait for a peer that takes none
  Duration ping_interval = 10s;  // our keepalive, when nothing was heard so long
  Duration ping_timeout = 5s;
  // A connection without a call for so long is told to go, and its place is free. 0: none is.
  Duration idle_time_max = 0s;
  // A connection this old is ended, so that none keeps for ever what it was made with. Each one's
  // age is up to a tenth more or less, so that those of one moment do not end in one. 0: none is.
  Duration connection_age_max = 0s;
  Duration connection_age_grace = 10s;                // then its streams have to be over
  std::uint32_t connections_aged_per_sweep_max = 64;  // who comes back costs a handshake and a list
};

struct ClientLimits {
  std::size_t header_list_bytes_max = 16 * 1024;
  std::size_t message_bytes_max = 64 * 1024;    // a health answer has 2 bytes
  std::size_t bytes_per_call_max = 128 * 1024;  // all frames until the answer
  std::size_t unsent_bytes_max = 64 * 1024;     // acknowledgements that the peer does not take
  std::uint32_t frames_per_second_max = 1'000;  // a check takes about ten
  // A check and its ping take under 200 bytes, so ten of them a second, and a watch, under 4 KiB.
  std::size_t bytes_per_second_max = 256 * 1024;
  std::uint32_t reads_per_second_max = 500;  // each costs a wake-up, some 40 us
  // Within a second and without the end of a call: 3 ms of a core. At a check each 100 ms, with all
  // that goes beside it, stock gRPC servers take three.
  std::uint32_t reads_per_answer_max = 64;
  // An answer that is wrong and longer than this was meant to cost us.
  std::size_t wrong_answer_bytes_max = 16 * 1024;
};

}  // namespace fairlead::h2
