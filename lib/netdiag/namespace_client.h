// NamespaceClient: the work inside containers' networks, done by another process
// (namespace_server.h).
//
// How: as runtime/pair_question.h says. What was asked when that process died is asked once more:
// the next one takes its place within 100 ms (confine/kept_child.h).
// Threads: any; a call blocks for some 100 us, kAnswerPatience at most.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/time.h"
#include "netdiag/namespace_message.h"
#include "netdiag/namespace_work.h"
#include "runtime/pair_question.h"

namespace fairlead::netdiag {

// Loops wait for the answer, so it is short; and as long as a process takes that was just started,
// on a host without a processor to spare.
inline constexpr Duration kAnswerPatience = std::chrono::milliseconds(500);
// For what is asked once, at start, while the other process starts as well.
inline constexpr Duration kStartPatience = std::chrono::seconds(5);
// After a question that nobody answered, so long all others are refused at once: a loop that asks
// for each of a hundred replicas waits for the first alone.
inline constexpr Duration kSilenceKept = std::chrono::seconds(1);

class NamespaceClient final : public NamespaceWork {
 public:
  // `pair`: SOCK_SEQPACKET, the caller's, for as long as this lives.
  explicit NamespaceClient(int pair, Duration patience = kAnswerPatience)
      : pair_(pair), patience_(patience) {}

  // Further errors of all: kUnavailable, when that process has ended or does not answer.
  Result<FileDescriptor> SocketIn(const spec::NetworkNamespace& place, SocketKind kind) override;
  Result<int> Reset(const spec::NetworkNamespace& place,
                    std::span<const KernelConnection> connections) override;
  Result<> CanReset() override;
  Result<std::string> Read(const spec::NetworkNamespace& place, ContainerFile file) override;

  // Questions that nobody answered in time, those that were refused for it among them.
  std::uint64_t unanswered() const { return unanswered_; }

 private:
  struct Answered {
    NamespaceAnswer answer;
    FileDescriptor socket;
  };

  // The answer, which is no refusal.
  Result<Answered> Ask(const NamespaceQuestion& question);
  Result<Answered> Ask(const NamespaceQuestion& question, Duration patience);
  // Counts it. `is_fast`: what nobody answers means that nobody answers anything.
  std::unexpected<Error> NobodyAnswers(runtime::Heard heard, bool is_fast);

  const int pair_;
  const Duration patience_;
  std::atomic<std::uint64_t> unanswered_ = 0;
  std::atomic<TimePoint::rep> silent_until_ = 0;
};

}  // namespace fairlead::netdiag
