// Doubt: the further questions to a suspect target, each over a connection of its own.
//
// Why: a kept connection alone cannot tell a silent server from a lost path, and one question at a
// time takes `fall` timeouts to become a verdict. These overlap, and each has its whole timeout.
// Threads: the prober's loop. Lifetime: while its target is suspect; not destroyed from its events.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "health/question.h"

namespace fairlead::health {

class Doubt {
 public:
  struct Ended {
    spec::CheckOutcome outcome;  // its latency is filled in
    // Asked together with the kept connection: its silence is the same failure.
    bool is_hedge = false;
  };
  using Sink = std::function<void(Ended)>;

  // All must outlive it. `target` is asked for readiness alone, without a watch.
  Doubt(const QuestionTools& tools, const spec::CheckTarget& target, Sink sink);
  ~Doubt();

  // Asks over a connection that waits for nothing, else over a new one, else not at all
  // (ProberLimits::extra_connections_max).
  void Ask(TimePoint now, bool is_hedge);
  // When the first of what is open has had its time.
  std::optional<TimePoint> due() const;
  void Expire(TimePoint now);
  // Takes in what already lies in the sockets.
  void ReadNow();

  TimePoint began_at{};
  std::optional<TimePoint> recheck_at;  // when the target is asked again beside its rhythm

 private:
  class Line;

  const QuestionTools tools_;
  spec::CheckTarget target_;
  const Sink sink_;
  std::vector<std::unique_ptr<Line>> lines_;
};

}  // namespace fairlead::health
