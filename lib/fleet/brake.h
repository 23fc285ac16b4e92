// Brake: when half of a host fails its checks at once, nothing is repaired and no list shrinks.
//
// Or when the canary fails: then nobody can be told from us.
//
// Why: a database that hiccups, a broken network or a fault of our own makes many replicas look
// bad together, and restarting them all makes an outage out of it. What only looks bad may still
// serve, so callers keep it.
// It always ends: after two rounds of checks without the cause, or by trial repairs, one at a time
// and ever further apart, when it has lasted for kBrakeLongest. Trials wait for a canary that
// passes. Threads: none; pure: counts and time in, decisions out.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace fairlead::fleet {

// Of the replicas of this host that are checked, have been ready, and that no person holds back.
struct BrakeCounts {
  int countable = 0;
  int failing = 0;   // of these, silent in their last checks, or under repair for it
  Duration round{};  // in which each of them is checked once
  // Why our own health server, asked like a replica, does not answer; empty: it does.
  std::string canary_trouble{};

  bool are_many() const;  // who fail
  // For the brake to go on, or to stay: many fail, or the canary does.
  bool is_cause() const;
};

class Brake {
 public:
  enum class State { kOff, kOn, kTrial };

  // Looks at the counts. True when the state has changed. REQUIRES: `now` never goes back.
  bool Observe(const BrakeCounts& counts, TimePoint now);
  // A repair was permitted while on trial: the next one waits.
  void TrialPermitted(TimePoint now);

  State state() const { return state_; }
  bool holds_lists() const { return state_ != State::kOff; }
  // `repairs`: under way now.
  bool holds_repairs(int repairs, TimePoint now) const;
  // When it changes, or lets something through, by itself; none while it is off.
  std::optional<TimePoint> next_change() const;
  // "6 of 8 replicas of this host fail their checks at once"; of the time when it went on.
  const std::string& reason() const { return reason_; }
  Duration round() const { return round_; }

 private:
  State state_ = State::kOff;
  std::string reason_;
  Duration round_{};
  TimePoint on_since_{};
  bool is_canary_failing_ = false;
  std::optional<TimePoint> calm_since_;  // the cause is gone since
  TimePoint next_trial_{};
  Duration trial_pause_{};
};

// "off", "on", "trial"
std::string_view BrakeStateName(Brake::State state);

}  // namespace fairlead::fleet
