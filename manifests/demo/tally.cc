#include "tally.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace fairlead::demo {
namespace {

// A replica that answers a fair share of 100 calls/s is heard of every 30 to 50 ms; five times
// that without an answer means that the caller left it out.
constexpr double kGapSeconds = 0.25;

}  // namespace

void Tally::Count::Add(const FinishedCall& call) {
  slowest_ms = std::max(slowest_ms, call.took_ms);
  if (call.code != "OK") {
    ++failed;
    ++failed_by_code[call.code];
    return;
  }
  ++ok;
  ReplicaCount& replica = replicas[call.replica];
  replica.first_start =
      replica.calls == 0 ? call.started_at : std::min(replica.first_start, call.started_at);
  replica.last_start = std::max(replica.last_start, call.started_at);
  ++replica.calls;
}

std::string Tally::Count::Line(const char* kind, double now, std::uint64_t sent) const {
  nlohmann::json line = {{"kind", kind},
                         {"at", now},
                         {"sent", sent},
                         {"calls", ok + failed},
                         {"ok", ok},
                         {"failed", failed},
                         {"codes", failed_by_code},
                         {"slowest_ms", slowest_ms}};
  line["replicas"] = nlohmann::json::object();
  for (const auto& [name, count] : replicas) {
    line["replicas"][name] = {
        {"calls", count.calls}, {"first", count.first_start}, {"last", count.last_start}};
  }
  return line.dump();
}

void Tally::CallSent() {
  const std::lock_guard lock(mutex_);
  ++sent_;
}

void Tally::Add(const FinishedCall& call) {
  const std::lock_guard lock(mutex_);
  second_.Add(call);
  total_.Add(call);
  if (call.code == "OK") TellComingAndGoing(call);
  const bool has_failed = call.code != "OK";
  if (!has_failed && call.took_ms < slow_ms_) return;
  const nlohmann::json line = {{"kind", has_failed ? "failed" : "slow"},
                               {"at", call.started_at},
                               {"took_ms", call.took_ms},
                               {"code", call.code},
                               {"replica", call.replica},
                               {"peer", call.peer},
                               {"message", call.message}};
  std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void Tally::TellComingAndGoing(const FinishedCall& call) {
  const auto [last, is_new] = last_start_.try_emplace(call.replica, call.started_at);
  if (is_new || call.started_at - last->second > kGapSeconds) {
    const nlohmann::json line = {{"kind", is_new ? "new" : "back"},
                                 {"at", call.started_at},
                                 {"left", last->second},
                                 {"replica", call.replica}};
    std::puts(line.dump().c_str());
  }
  last->second = std::max(last->second, call.started_at);
}

std::string Tally::TakeSecond(double now) {
  const std::lock_guard lock(mutex_);
  std::string line = second_.Line("second", now, sent_);
  second_ = Count{};
  return line;
}

std::string Tally::Totals(double now) {
  const std::lock_guard lock(mutex_);
  return total_.Line("total", now, sent_);
}

bool Tally::IsIdle() {
  const std::lock_guard lock(mutex_);
  return total_.ok + total_.failed == sent_;
}

}  // namespace fairlead::demo
