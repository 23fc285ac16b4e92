// OwnActs: tells which engine events are echoes of what we did ourselves.
//
// Why: a kill event that is not ours is a person's will and is respected; one that is ours must not
// be taken for that. Labels can forge event attributes, so the only evidence used is that an act of
// ours on that container was under way at the time, or had ended a moment before. Acts of an
// earlier life of the daemon come from the ledger, which was written before they began. Threads:
// the engine loop.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "spec/names.h"

namespace fairlead::controller {

// Events trail the engine's answer by about 2 ms at p99 (measured on Engine 20.10); this is ample.
inline constexpr Duration kEchoWindow = std::chrono::seconds(1);
// How long an act is kept after its end: a stream that was cut meanwhile tells its events late.
inline constexpr Duration kOwnActKept = std::chrono::minutes(10);
// An act that the daemon's end cut off goes on inside the engine: for its stop timeout (10 s unless
// the container says otherwise) and its start. Of what comes later nobody can say whose it was.
inline constexpr Duration kCutActReach = std::chrono::seconds(60);

class OwnActs {
 public:
  void Begin(const ContainerId& id, TimePoint now);
  // Also forgets the acts that ended long ago, so that memory is bounded by acts.
  void End(const ContainerId& id, TimePoint now);
  // An act of the ledger; `ended` is none when its end was never written.
  void Remember(const ContainerId& id, TimePoint begun, std::optional<TimePoint> ended);

  // True when `action` on `id`, which happened at `at`, is explained by an act of ours.
  bool Explains(const ContainerId& id, std::string_view action, TimePoint at) const;
  std::size_t remembered() const;

 private:
  struct Act {
    TimePoint begun{};
    std::optional<TimePoint> ended = std::nullopt;  // none: under way
  };
  std::map<ContainerId, std::vector<Act>> acts_;
};

}  // namespace fairlead::controller
