// The core's own numbers: each has a name, a value and a reason.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace fairlead::fleet {

using namespace std::chrono_literals;

// After a countable failure the passes that bring a replica back come this quickly (state model).
constexpr Duration kRiseCheckSpacing = 100ms;

// The kill event and the inspect that shows the death race: a death is judged only after this.
constexpr Duration kDepartureGrace = 2s;

// The engine needs a moment to reap after its KILL: so much longer than the stop timeout a
// signalled container may live before it counts as "has decided to stay".
constexpr Duration kStopSlack = 5s;

// The engine's stop timeout where the container has none of its own (moby default).
constexpr Duration kEngineStopTimeout = 10s;

// An engine that shuts down kills everything and then closes its event stream; so long before the
// end of the stream a kill or a death may have been its doing.
constexpr Duration kShutdownSuspicion = 5s;

// The same where everything that ran was killed: the engine waits 15 s (its shutdown-timeout) for
// the slowest container before it ends.
constexpr Duration kShutdownLongest = 20s;

// Compose up to 2.15 stops the old container, renames it and makes the new one within a moment; so
// long after a stop a new container of the same number still is its other half.
constexpr Duration kRecreateReach = 30s;

// Of one engine call: stop timeout + this. Engines 23.0.0-23.0.6 and 24.0.0-24.0.2 turn a hang-up
// during a stop into a KILL, and the engine itself needs up to 14 s after the timeout.
constexpr Duration kCallSlack = 16s;

// Of one act inside the core: longer than the call's own deadline, so that the call answers first.
constexpr Duration kActSlack = 20s;

// The ledger is in wall time and the container's end in the engine's: on one host one clock, which
// may have been corrected a little between.
constexpr Duration kClockSlack = 2s;

// The engine's calls that start a container have no stop timeout to wait for.
constexpr Duration kStartDeadline = 30s;

// A replica that was healthy for so long has its backoff forgiven: its next failure is a new story.
constexpr Duration kForgivenAfter = 10min;

// A service whose last container is gone stays so long as an empty list: callers of a service that
// is being replaced see "none right now" and not "no such service".
constexpr Duration kEmptyServiceKept = 10min;

// The prober spreads the first checks of many targets at most this far, or over one interval if
// that is shorter; a longer interval gets an extra check at once.
constexpr Duration kFirstCheckSpread = 1s;

// What the answer to a first check may need on top of its timeout before its verdict counts as
// late.
constexpr Duration kFirstVerdictSlack = 200ms;

// Who is woken so much later than he asked for stood still, and what happened meanwhile is told
// after the first look. A loop of a busy host is late by less.
constexpr Duration kOversleptFrom = 1s;

// Then no repair begins for so long: the events that waited come first, and the inspect of what
// they are about.
constexpr Duration kLookAround = 1s;

// And not again for so long: where everything is late for ever repairs would never begin.
constexpr Duration kLookAroundApart = 30s;

// The brake goes on when half of the host's countable replicas fail, and at least so many: one of
// two that hangs is a case for repair.
constexpr int kBrakeFailingMin = 2;

// One lost check is noise. So many in a row, or `fall` if that is less, make a replica failing for
// the brake: before the lists shrink.
constexpr int kBrakeFailuresMin = 2;

// So many times in so long a replica may leave its list because of its checks and come back as
// quickly as ever; each further time doubles how long it has to be well before (state model).
constexpr std::size_t kFlapsFree = 3;
constexpr Duration kFlapWindow = 1min;
constexpr Duration kFlapHoldFirst = 1s;
constexpr Duration kFlapHoldMost = 1min;
constexpr Duration kFlapForgivenAfter = 10min;

// A client that has not acknowledged the list without a silent replica by then does not hold up
// the others' calls that wait on it.
constexpr Duration kAdoptionBeforeCut = 100ms;

// Of one service: a fault that wanders from replica to replica is worse than calls that wait, for
// each reset makes its callers come back at once, and all of them to the others.
constexpr Duration kCutsApart = 5s;

// Without its cause the brake lasts for so many rounds of checks (state model).
constexpr int kBrakeCalmRounds = 2;

// Then one repair at a time is tried: whoever waits for all to be well by themselves may wait for
// ever, which is what became of Eureka's self-preservation.
constexpr Duration kBrakeLongest = 10min;
constexpr Duration kTrialPauseFirst = 1min;
constexpr Duration kTrialPauseMost = 10min;

// A repair by the labels' defaults is over by then: 10 s of drain, 10 s to stop, 33 s to be ready.
// One that takes longer, because labels let it, holds back its own project alone.
constexpr Duration kPlaceHeldLongest = 2min;

// Acts that are shown of one place, so that who asks a day later still sees how it went on.
constexpr std::size_t kActsRemembered = 10;

// Of those who share a network namespace, in one sentence for people.
constexpr std::size_t kSharersShown = 5;

// The engine's events travel on another connection than its answers: so long after our act has
// ended a kill or stop may still be the echo of it. Short, because a person's stop must not be
// mistaken for it.
constexpr Duration kEchoAfterAct = 300ms;

// Of two lives that were first seen so long after each other, the later one is the younger, and
// what was done so long after a life was first seen is no earlier one's, whatever a clock says that
// was set between them. Longer than two lists are apart.
constexpr Duration kLivesToldApart = 1min;

// Containers of which the engine's history tells before their inspect: it holds 256 events.
inline constexpr std::size_t kReplayedMax = 4'096;

}  // namespace fairlead::fleet
