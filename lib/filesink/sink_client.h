// SinkClient: asks the process that keeps files of other programs (sink_server.h).
//
// How: a packet over the pair brings the end of another pair along, on which the page follows and
// the answer comes. What the other process dies of costs the question that it was at: it is asked
// once more, within the same time. Every question may come twice, as it says what is to be true.
// Threads: as SinkWork.
#pragma once

#include <chrono>
#include <string>

#include "base/time.h"
#include "filesink/sink_message.h"
#include "filesink/sink_work.h"

namespace fairlead::filesink {

// A check has kCheckTime of it, the rest is for a disk. The daemon's own end, of 5 s at most, waits
// for it.
inline constexpr Duration kSinkPatience = std::chrono::seconds(4);

class SinkClient final : public SinkWork {
 public:
  // `pair`: SOCK_SEQPACKET, the caller's, for as long as this lives.
  explicit SinkClient(int pair, Duration patience = kSinkPatience)
      : pair_(pair), patience_(patience) {}

  // Further errors of all: kUnavailable, when that process has ended or does not answer. Then it is
  // not known what was done, and the next Look() tells.
  Result<SinkState> Look(std::size_t sink, const Page& page) override;
  Result<> Write(std::size_t sink, const Page& page) override;
  Result<> TakeBack(std::size_t sink) override;
  Result<> Settle(std::size_t sink) override;
  Result<std::int32_t> FindReader(std::size_t sink) override;
  Result<> TellReader(std::size_t sink) override;

 private:
  // The answer, which is no refusal.
  Result<SinkAnswer> Ask(SinkVerb verb, std::size_t sink, const std::string& page = {}) const;
  Result<> AskToDo(SinkVerb verb, std::size_t sink, const std::string& page = {}) const;

  const int pair_;
  const Duration patience_;
};

}  // namespace fairlead::filesink
