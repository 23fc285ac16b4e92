// The process that keeps files of other programs, for one that may not.
//
// Why: what it takes (writing any file, signalling any process, starting a program as root) is the
// host to whoever has it, so who talks to strangers does not. This one listens to nobody but that
// process; paths, template, check and reader are the configuration's, and what it is told is which
// of the files, and names and addresses to be listed there (sink_message.h).
// How: over the pair comes a packet with the end of another one (SCM_RIGHTS), on which a page
// follows and the answer goes back. Who closes that end has left, and nothing more is done for him.
// Threads: the caller's waits for questions, and each file has one of its own: a check that takes
// its time, or a disk, holds up no other file.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/time.h"
#include "filesink/sink_work.h"

namespace fairlead::filesink {

// For a page. Who sends it does so at once, and asks for no longer (kSinkPatience).
inline constexpr Duration kPagePatience = std::chrono::seconds(4);
// Of one file: each asker but the last has left, as he asks one question at a time.
inline constexpr std::size_t kWaitingMax = 8;

// Serves until nobody holds the other end of `pair` (SOCK_SEQPACKET). `work` has `sinks` files.
void ServeSinkQuestions(int pair, SinkWork& work, std::size_t sinks);

}  // namespace fairlead::filesink
