// HostTurns: whose repair may begin next on this host, and whether there is a place for it.
//
// Why: whose services fail all the time, or are repaired for an hour (labels say how long a drain
// and a start may take), must not keep others from their repairs. So projects take turns, and in
// each its services; and a repair that has become old holds back its own project alone.
// Threads: none; pure: names and time in, order out.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "spec/container_facts.h"
#include "spec/names.h"

namespace fairlead::fleet {

class HostTurns {
 public:
  // The turn that was had last, 0 for none: the smaller rank goes first.
  struct Rank {
    std::uint64_t project = 0;
    std::uint64_t service = 0;
    auto operator<=>(const Rank&) const = default;
  };

  // `places`: repairs at the same time, at least 1 (policy.max_concurrent_repairs).
  explicit HostTurns(int places) : places_(places) {}

  // Repairs under way that hold a repair of `project` back: its own, and of others those that
  // began less than kPlaceHeldLongest ago.
  int TakenFor(const std::string& project, TimePoint now) const;
  bool HasPlaceFor(const std::string& project, TimePoint now) const {
    return TakenFor(project, now) < places_;
  }
  // When a place for `project` may become free by time alone; none: it has one, or waits for the
  // end of its own.
  std::optional<TimePoint> NextPlaceFor(const std::string& project, TimePoint now) const;
  Rank RankOf(const ServiceName& service) const;

  // A repair of `container` has its turn. REQUIRES: none of it is under way.
  void Begin(const ContainerId& container, const ServiceName& service, TimePoint now);
  void End(const ContainerId& container) { under_way_.erase(container); }
  // The service is gone, and so is what it had.
  void Forget(const ServiceName& service) { last_turns_.erase(service); }

  int places() const { return places_; }
  int under_way() const { return static_cast<int>(under_way_.size()); }

 private:
  struct Repair {
    std::string project;
    TimePoint began{};
  };

  int places_;
  std::map<ContainerId, Repair> under_way_;
  std::map<ServiceName, std::uint64_t> last_turns_;
  std::uint64_t next_turn_ = 1;
};

}  // namespace fairlead::fleet
