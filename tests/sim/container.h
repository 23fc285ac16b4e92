// SimContainer: one container as it truly is, whatever anybody has been told of it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "spec/check.h"
#include "spec/container_facts.h"

namespace fairlead::sim {

// What a process does when it is asked how it is.
enum class Answer { kServes, kHangs, kRefuses, kSaysNotServing, kSaysUnimplemented };

// Somebody's act that keeps a container from running: a person's, or of an engine that shut down.
struct Hold {
  TimePoint since{};
  bool is_engines = false;
  bool is_overlapped = false;         // an act of ours was under way: whose it is nobody can tell
  int told = 0;                       // events of it that were sent to us
  int lost = 0;                       // and did not arrive
  std::optional<TimePoint> heard_at;  // by the life of ours that runs now
  bool was_doubtful = false;          // and then some of the engine's history was of the future
};

struct SimContainer {
  ContainerFacts facts;  // what inspect says

  // The process.
  bool has_process = false;  // a paused one, too
  Answer answer = Answer::kServes;
  Duration flap{};      // not zero: it serves and hangs in turns of this length
  bool denies = false;  // it says NOT_SERVING under its liveness name
  TimePoint serves_from{};
  bool is_incurable = false;  // the next process is no better
  bool ignores_term = false;
  bool is_watched = true;  // our watch of processes sees its end
  int lives = 0;
  TimePoint began_at{};  // the last life
  int exit_code = 0;     // of the last one that ended
  bool is_out_of_memory = false;

  // Whose network namespace it lives in, and who lives in its own.
  std::optional<ContainerId> lender;
  std::optional<ContainerId> lodger;
  int lenders_life = 0;  // of the lender, when the process began

  // The engine's.
  bool is_stopped_by_hand = false;  // its restart policy rests until the next start
  int restarts_in_a_row = 0;

  // For the rules.
  std::optional<Hold> hold;
  TimePoint changed_at{};                // anything about it, last
  TimePoint own_act_until{};             // until when what happens to it may be an act of ours
  std::optional<TimePoint> acted_on_at;  // by us, last
  // The same when its present life began: what we did in vain since then began none.
  std::optional<TimePoint> acted_on_before;
  int life_by_us = 0;  // the last one that our act began

  bool runs() const { return has_process && facts.status == EngineStatus::kRunning; }
};

}  // namespace fairlead::sim
