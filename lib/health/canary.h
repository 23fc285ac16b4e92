// Canary: a health server of our own, asked over the same path as every target.
//
// Why: a failure of a check blames the replica only if a check can succeed at all. What stands
// between us and every replica alike (our loop, our sockets, this host's TCP) stands between us and
// the canary, too; while it does not answer, a failure says nothing.
// How: the server listens on loopback and lives on the prober's own loop; the question to it is
// the one that replicas are asked, over a kept connection, with the same code.
// When: a failure waits for a canary that passes, asked no earlier than the failed check or ended
// a moment ago; else the canary is asked seldom. A server that cannot listen is a canary that
// fails. Threads: the prober's loop, which is not touched before Keep() or Ask().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "health/question.h"
#include "runtime/event_loop.h"

namespace fairlead::health {

class Canary final : private QuestionEvents {
 public:
  struct Verdict {
    bool has_passed = false;
    TimePoint asked_at{};
    std::string detail{};  // of a failure, for people
  };
  // Called at the end of each question, and not from inside Ask().
  using Sink = std::function<void(const Verdict&)>;

  // `port`: where to ask instead of a server of our own, for tests; 0 = our own.
  Canary(const QuestionTools& tools, std::uint16_t port, Sink sink);
  ~Canary() override;

  // From now on it is asked now and then. Further calls change nothing.
  void Keep();
  // Asks, unless a question is open.
  void Ask();
  bool is_asking() const { return asked_at_.has_value(); }
  // A question passed that was asked at `since` or later, or that ended within canary_fresh.
  bool VouchesFor(TimePoint since, TimePoint now) const;
  // It has failed several times in a row: the trouble lasts.
  bool is_failing() const { return failures_ >= tools_.limits.canary_failures_told; }

 private:
  class Server;
  // A loop that is late each time is trouble of its own.
  static constexpr int kWaitsMax = 3;

  void OnOutcome(const spec::CheckOutcome& outcome) override;
  void OnPeerClosed() override {}
  void OnWatched(std::span<const std::byte>) override {}
  void OnTimer();
  void Listen();
  void End(const Verdict& verdict);

  const QuestionTools tools_;
  const Sink sink_;
  std::uint16_t port_;
  std::string trouble_;  // why there is nobody to ask
  std::unique_ptr<Server> server_;
  std::unique_ptr<Question> question_;  // null until somebody listens
  runtime::LoopTimer timer_;            // of the open question, else for the next
  std::optional<TimePoint> asked_at_;
  std::optional<spec::CheckOutcome> outcome_;  // came inside Ask(); told in a turn of its own
  TimePoint due_{};
  std::optional<TimePoint> passed_asked_at_;
  TimePoint passed_at_{};
  bool is_kept_ = false;
  int failures_ = 0;  // in a row
  int waits_ = 0;     // of the open question, because our loop was late
};

}  // namespace fairlead::health
