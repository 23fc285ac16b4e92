// FailPoints: the named points at which a life of the daemon can end, between any two steps of what
// it does to the world: told, written, ordered, asked of the engine, answered.
//
// Why names: a run tells which points it came to, and the same seed run again dies at one of them.
// Threads: none.
#pragma once

#include <set>
#include <string>

#include "fleet/effects.h"

namespace fairlead::sim {

class FailPoints {
 public:
  // Hears of points alone.
  FailPoints() = default;
  // Ends a life at the first time that it comes to `dies_at`.
  explicit FailPoints(std::string dies_at) : dies_at_(std::move(dies_at)) {}

  // A life has come to a point; true: it ends there.
  bool Reach(const std::string& point);

  const std::set<std::string>& reached() const { return reached_; }
  bool has_died() const { return has_died_; }

 private:
  std::string dies_at_;
  std::set<std::string> reached_;
  bool has_died_ = false;
};

// What effects are about, by their weightiest part: "order restart", "permit start by operator",
// "restart failed", "intent drained", "pause", "list"; "" for what changes nothing outside.
std::string OccasionOf(const fleet::Effects& effects);

}  // namespace fairlead::sim
