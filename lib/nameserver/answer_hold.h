// AnswerHold: which list of each service nobody can hold an older answer than.
//
// Why: who asks DNS acknowledges nothing. But an answer lives for a known time, so once that has
// passed since the last one that came from an older list, no answer is left that holds a replica
// which that list does not have. A drain waits for this as for any client.
// What it cannot know is who keeps an address for longer, or a connection; the drain's look at the
// replica's connections is for those.
// Threads: none; a value. Bounded: kPendingMax lists of a service, whose last ones are held
// together when there are more.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/time.h"
#include "spec/names.h"

namespace fairlead::nameserver {

class AnswerHold {
 public:
  static constexpr std::size_t kPendingMax = 16;

  explicit AnswerHold(Duration answer_life) : answer_life_(answer_life) {}

  // Addresses of the service were told, from the list published last.
  void OnTold(const ServiceName& service, TimePoint now);
  void OnPublished(const ServiceName& service, std::uint64_t revision, TimePoint now);
  void OnDropped(const ServiceName& service) { services_.erase(service); }

  // The newest list of each service that has become so since the last call.
  std::map<ServiceName, std::uint64_t> TakeAdopted(TimePoint now);
  // When the next one will.
  std::optional<TimePoint> Due() const;

 private:
  struct Pending {
    std::uint64_t revision = 0;
    TimePoint due{};
  };
  struct Service {
    std::optional<TimePoint> told_at;
    std::deque<Pending> pending;  // both grow
  };

  const Duration answer_life_;
  std::map<ServiceName, Service> services_;
};

}  // namespace fairlead::nameserver
