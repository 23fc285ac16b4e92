// What the core does when it was woken long after it wanted to be: its process was stopped, or its
// loop stood still.
//
// Why: it wakes with the picture of before, and looks at once at everything that has become due,
// while what happened meanwhile still waits to be told: a restart that a person has made, answers
// to first checks. So it takes no time that it slept through for time in which nothing was heard.
#include <algorithm>

#include "fleet/limits.h"
#include "fleet/state.h"

namespace fairlead::fleet {

TimePoint Fleet::State::FirstVerdictDue(const Replica& replica) const {
  return now_ + std::min(replica.spec.health.interval, kFirstCheckSpread) +
         replica.spec.health.timeout + kFirstVerdictSlack;
}

void Fleet::State::NoteOversleeping() {
  if (!wake_asked_) return;
  const Duration late = now_ - *wake_asked_;
  if (late > kFirstVerdictSlack && !has_served_) {
    ForEachReplica([this](Service&, Replica& replica) {
      if (missing_verdicts_.contains(replica.generation()))
        replica.first_verdict_due = FirstVerdictDue(replica);
    });
  }
  if (late < kOversleptFrom) return;
  if (repairs_from_ && now_ < *repairs_from_ + kLookAroundApart) return;
  repairs_from_ = now_ + kLookAround;
  dirty_.insert(waiting_.begin(), waiting_.end());
}

bool Fleet::State::IsLookingAround() const {
  return repairs_from_ && now_ < *repairs_from_;
}

}  // namespace fairlead::fleet
