// Neighbours: which targets of one network are late together.
//
// Why: when half of a network stops answering in the same moment, it is the network, the engine or
// this host that stands still, and no replica is to blame for it. For a moment only: what lasts is
// counted like any other failure, so that nobody stays excused for ever.
// Threads: none; pure. Memory: a number per target and an entry per network.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "health/limits.h"
#include "health/schedule.h"

namespace fairlead::health {

class Neighbours {
 public:
  struct Network {
    std::string name;
    std::vector<TargetKey> members;
    std::size_t late = 0;
    std::optional<TimePoint> shared_since{};   // half of them, and at least two, are late since
    std::optional<TimePoint> excused_until{};  // after the last stall, those who are still late
  };

  explicit Neighbours(const ProberLimits& limits) : limits_(limits) {}

  // The network of a new target; null for an empty name: it has no neighbours.
  Network* Join(TargetKey key, const std::string& network);
  // `is_late`: the target counts as late. The network may be gone after it.
  void Leave(TargetKey key, Network* network, bool is_late, TimePoint now);
  // One more of the network is late, or one less.
  void BecameLate(Network* network, TimePoint now);
  void BecamePunctual(Network* network, TimePoint now);

  // True while what is not answered says nothing about a single target.
  bool IsStalled(const Network* network, TimePoint now) const;
  // Some others of the network, limits.neighbours_asked at most.
  std::vector<TargetKey> Others(TargetKey key, const Network* network) const;

 private:
  void Weigh(Network& network, TimePoint now) const;
  bool IsShort(const Network& network, TimePoint now) const;

  const ProberLimits& limits_;
  std::map<std::string, Network> networks_;
};

}  // namespace fairlead::health
