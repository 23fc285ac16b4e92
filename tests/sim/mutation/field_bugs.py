"""Known bugs of other systems, each as a small change of the core that puts it back.

Each is on record somewhere; the simulation has to notice every one of them (run.py).
"""

import sys
from dataclasses import dataclass

from variants import CORE, Edit, Variant


@dataclass(frozen=True)
class Bug:
    name: str
    source: str  # where it is on record
    file: str    # below lib/fleet
    old: str     # found exactly once
    new: str     # SWITCHED: the bug is there

    def variant(self):
        text = (CORE / self.file).read_text()
        if text.count(self.old) != 1:
            sys.exit(f"{self.name}: what it changes is not once in lib/fleet/{self.file}; the list needs a new look")
        start = text.index(self.old)
        return Variant(self.name, [Edit(self.file, start, start + len(self.old), self.new)])


BUGS = (
    Bug("restarts-what-a-person-stopped", "docker-autoheal#22: a container that an admin stopped is restarted",
        "departure.cc", "if (death.foreign && death.End()", "if (!SWITCHED && death.foreign && death.End()"),
    Bug("restart-forgets-the-budget", "nomad#7857, nomad#9176: an agent that restarts forgets its checks and counts",
        "fleet.cc", "if (!entry.by_operator) place.budget.Spend", "if (!SWITCHED && !entry.by_operator) place.budget.Spend"),
    Bug("tells-lists-before-the-first-sync", "envoy#13072, istio#25495: endpoints vanish when the control plane starts",
        "publish.cc", "if (!has_served_ || phase_ == Phase::kStopping",
        "if ((!SWITCHED && !has_served_) || phase_ == Phase::kStopping"),
    Bug("serves-before-verdicts", "kubernetes#52154, KEP-4781: everything is not ready after the prober restarts",
        "phases.cc", "phase_ != Phase::kEngineSynced || !missing_verdicts_.empty()",
        "phase_ != Phase::kEngineSynced || (!SWITCHED && !missing_verdicts_.empty())"),
    Bug("acts-while-disconnected", "kubernetes#28832: evictions by a view that is only cut off",
        "phases.cc", "  Enter(Phase::kStale, event.reason);\n", "  if (!SWITCHED) Enter(Phase::kStale, event.reason);\n"),
    Bug("never-backs-off", "docker-autoheal: restarts without backoff and without an end",
        "repair.cc", "  const Place* place = service.place_of(replica);\n  const RepairBudget budget",
        "  if (SWITCHED) return {};\n  const Place* place = service.place_of(replica);\n  const RepairBudget budget"),
    Bug("ignores-min-available", "Kubernetes: liveness kills do not consult the disruption budget",
        "repair.cc", "return available - 1 < MinAvailable(service, replica.spec.repair);",
        "return !SWITCHED && available - 1 < MinAvailable(service, replica.spec.repair);"),
    Bug("stops-without-a-drain", "moby#30321, moby#31174: requests are dropped, because nobody waits for the clients",
        "drain.cc", "if (act.drain_end != DrainEnd::kOpen) return act.drain_end;",
        "if (SWITCHED && service.view) return DrainEnd::kTime;\n"
        "  if (act.drain_end != DrainEnd::kOpen) return act.drain_end;"),
    Bug("one-lost-check-takes-it-out", "Traefik: one failed probe flips a server",
        "health_tracker.cc", "} else if (failures_ >= policy_.fall) {",
        "} else if (failures_ >= (SWITCHED ? 1 : policy_.fall)) {"),
    Bug("silence-empties-the-list", "what Envoy's panic threshold and Eureka's self-preservation are there for",
        "panic.cc", "if (counts.countable == 0) return {};",
        "if ((SWITCHED && !was_panic) || counts.countable == 0) return {};"),
    Bug("not-serving-is-restarted", "mcp-mesh#1490, OmniRoute#10316: a dependency's outage restarts healthy processes",
        "health_tracker.cc", "    liveness_failures_ = 0;\n    BecomeNotReady(check_class);",
        "    liveness_failures_ = SWITCHED && !is_starting(now) ? liveness_failures_ + 1 : 0;\n"
        "    BecomeNotReady(check_class);"),
    Bug("two-acts-at-once", "Google Cloud, 2025-06-12: everything recovers at once",
        "repair.cc", "if (!turns_.HasPlaceFor(name.project, now_)) continue;",
        "if (!SWITCHED && !turns_.HasPlaceFor(name.project, now_)) continue;"),
)

# On no public record, and as bad.
MORE = (
    Bug("repeats-an-act-after-a-restart", "numbers of acts that begin anew with each start",
        "fleet.cc", "next_act_ = std::max(next_act_, ActId(entry.id.value + 1));",
        "next_act_ = SWITCHED ? ActId(1) : std::max(next_act_, ActId(entry.id.value + 1));"),
    Bug("restarts-itself", "a repairer that restarts the container it runs in",
        "repair.cc", "if (is_self || (replica", "if ((is_self && !SWITCHED) || (replica"),
)
