// Tally: what became of the client's calls, by the second and in all, as lines of JSON.
//
// Why first and last per replica: the moment when a caller stopped using a replica is the start of
// the last call that the replica answered, and no per-second count is sharp enough to show it.
// Threads: Add from any thread, the rest from one. Times are seconds since 1970.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace fairlead::demo {

struct FinishedCall {
  double started_at = 0;
  double took_ms = 0;
  std::string code;     // "OK", "UNAVAILABLE", ...
  std::string replica;  // empty when nobody answered
  std::string peer;     // the address tried last, where the library knows it
  std::string message;  // the error's text
};

class Tally {
 public:
  // Calls slower than this are told one by one, as failed ones are.
  explicit Tally(double slow_ms) : slow_ms_(slow_ms) {}

  void CallSent();
  // Counts the call. Prints a line of its own when it failed or was slow, and when a replica
  // answers for the first time or for the first time after a gap.
  void Add(const FinishedCall& call);

  // The line for the calls that ended since the line before it.
  std::string TakeSecond(double now);
  // The line for all calls so far.
  std::string Totals(double now);
  // Whether every call that was sent has ended.
  bool IsIdle();

 private:
  struct ReplicaCount {
    std::uint64_t calls = 0;
    double first_start = 0;
    double last_start = 0;
  };
  struct Count {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    double slowest_ms = 0;
    std::map<std::string, std::uint64_t> failed_by_code;
    std::map<std::string, ReplicaCount> replicas;

    void Add(const FinishedCall& call);
    std::string Line(const char* kind, double now, std::uint64_t sent) const;
  };

  void TellComingAndGoing(const FinishedCall& call);

  const double slow_ms_;
  std::mutex mutex_;
  std::uint64_t sent_ = 0;  // guarded by mutex_, as all below
  Count second_;
  Count total_;
  std::map<std::string, double> last_start_;  // of each replica that ever answered
};

}  // namespace fairlead::demo
