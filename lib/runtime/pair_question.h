// PairQuestion: a question to a process of ours over a pair of sockets, and its answer.
//
// How: each question brings its own end for the answer, so several threads ask at once and wait for
// nobody's answer but theirs, and the end of that process is seen at once.
// Threads: any; a call blocks until the answer, at most until its deadline.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "runtime/passed_packet.h"

namespace fairlead::runtime {

// How often a question is asked: what a process was at when it died goes to the one that takes its
// place.
inline constexpr int kQuestionTries = 2;

enum class Heard {
  kAnswer,
  kSilence,  // nobody has answered by the deadline
  kEnd,      // who had the question has ended, each time
};

// Asks over `pair` (SOCK_SEQPACKET, not blocking) and receives at most `bytes_max` of the answer.
// Errors, without what was being done: kResourceExhausted, as no descriptor is left; kUnavailable,
// the system's word.
Result<Heard> AskOver(int pair, std::string_view question, TimePoint deadline,
                      std::size_t bytes_max, PassedPacket& answer);

// The system's word for `error`, as an error of AskOver.
std::unexpected<Error> NotAsked(int error);

// Milliseconds until `deadline`, rounded up, for poll(); 0 when it has passed.
int MillisecondsUntil(TimePoint deadline);

}  // namespace fairlead::runtime
