// FakeEvent: what a fake engine tells its subscribers, before an engine's shape is put on it; and
// the ring of the newest 256 that a late subscriber is given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

namespace fairlead::test {

inline constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

struct FakeEvent {
  std::string type = "container";
  std::string action;
  std::string actor_id;
  std::map<std::string, std::string> attributes;
  std::int64_t time_ns = 0;
  bool is_of_stop = false;  // the signal of a stop or restart call; Podman tells none of these
};

// Dockerd keeps exactly so many, all types mixed, and loses them when it ends.
inline constexpr std::size_t kEventsKept = 256;

class EventRing {
 public:
  void Keep(FakeEvent event) {
    events_.push_back(std::move(event));
    if (events_.size() > kEventsKept) events_.pop_front();
  }
  void Clear() { events_.clear(); }

  // From the newest back to the first that is older than `since_ns`: a clock that was set back cuts
  // the replay short, as it does in dockerd. Oldest first.
  std::deque<FakeEvent> Since(std::int64_t since_ns) const {
    std::deque<FakeEvent> replay;
    for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
      if (event->time_ns < since_ns) break;
      replay.push_front(*event);
    }
    return replay;
  }

 private:
  std::deque<FakeEvent> events_;
};

}  // namespace fairlead::test
