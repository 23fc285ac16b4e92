#!/usr/bin/env python3
"""Puts known bugs of other systems back, one at a time, and shows that the simulation notices each.

    tests/sim/field_bugs.py [--build build/release] [--seeds 40] [NAME...]

A bug is a small change of one source file of lib/. The file is changed in a copy outside the tree,
compiled with the flags of the build, and linked into a sim_main of its own in front of the
library, so that neither the tree nor the build is touched. Exit status 1: one got through.
Needs a build of the target sim_main.
"""

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Bug:
    name: str
    source: str  # where it is on record
    file: str    # below lib/
    old: str     # found exactly once
    new: str


BUGS = (
    Bug("restarts-what-a-person-stopped", "docker-autoheal#22: a container that an admin stopped is restarted",
        "fleet/departure.cc", "if (death.foreign && death.at", "if (false && death.foreign && death.at"),
    Bug("restart-forgets-the-budget", "nomad#7857, nomad#9176: an agent that restarts forgets its checks and counts",
        "fleet/fleet.cc", "if (!entry.by_operator) place.budget.Spend", "if (false) place.budget.Spend"),
    Bug("repeats-an-act-after-a-restart", "no one report: numbers of acts that begin anew with each start",
        "fleet/fleet.cc", "next_act_ = std::max(next_act_, ActId(entry.id.value + 1));",
        "next_act_ = ActId(1);"),
    Bug("tells-lists-before-the-first-sync", "envoy#13072, istio#25495: endpoints vanish when the control plane starts",
        "fleet/publish.cc", "if (!has_served_ || phase_ == Phase::kStopping", "if (phase_ == Phase::kStopping"),
    Bug("serves-before-verdicts", "kubernetes#52154, KEP-4781: everything is not ready after the prober restarts",
        "fleet/phases.cc", "phase_ != Phase::kEngineSynced || !missing_verdicts_.empty()",
        "phase_ != Phase::kEngineSynced"),
    Bug("acts-while-disconnected", "kubernetes#28832: evictions by a view that is only cut off",
        "fleet/phases.cc", "  Enter(Phase::kStale, event.reason);\n", ""),
    Bug("never-backs-off", "docker-autoheal: restarts without backoff and without an end",
        "fleet/repair.cc", "  const Place* place = service.place_of(replica);\n  const RepairBudget budget",
        "  if (replica.spec.port > 0) return {};\n  const Place* place = service.place_of(replica);\n"
        "  const RepairBudget budget"),
    Bug("ignores-min-available", "Kubernetes: liveness kills do not consult the disruption budget",
        "fleet/repair.cc", "return available - 1 < MinAvailable(service, replica.spec.repair);", "return false;"),
    Bug("stops-without-a-drain", "moby#30321, moby#31174: requests are dropped, because nobody waits for the clients",
        "fleet/drain.cc", "if (act.drain_end != DrainEnd::kOpen) return act.drain_end;",
        "if (service.view) return DrainEnd::kTime;"),
    Bug("one-lost-check-takes-it-out", "Traefik: one failed probe flips a server",
        "fleet/health_tracker.cc", "} else if (failures_ >= policy_.fall) {", "} else if (failures_ >= 1) {"),
    Bug("silence-empties-the-list", "what Envoy's panic threshold and Eureka's self-preservation are there for",
        "fleet/panic.cc", "if (counts.countable == 0) return {};",
        "if (counts.countable >= 0 && threshold_percent >= 0 && !was_panic) return {};"),
    Bug("not-serving-is-restarted", "mcp-mesh#1490, OmniRoute#10316: a dependency's outage restarts healthy processes",
        "fleet/health_tracker.cc", "    liveness_failures_ = 0;\n    BecomeNotReady(check_class);",
        "    if (!is_starting(now)) ++liveness_failures_;\n    BecomeNotReady(check_class);"),
    Bug("two-acts-at-once", "Google Cloud, 2025-06-12: everything recovers at once",
        "fleet/repair.cc", "may_act() && repairs_under_way_ < options_.max_concurrent_repairs", "may_act()"),
    Bug("restarts-itself", "no one report: a repairer that restarts the container it runs in",
        "fleet/repair.cc", "if (is_self || (replica", "if ((is_self && replica.facts.auto_remove) || (replica"),
)


def commands_of(build):
    """(compile command by source file, link command) of the build."""
    compiles = {entry["file"]: entry["command"] for entry in json.loads((build / "compile_commands.json").read_text())}
    listed = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "sim_main"],
                            capture_output=True, text=True, check=True)
    return compiles, listed.stdout.strip().splitlines()[-1]


def build_with(bug, build, place):
    """A sim_main that has the bug; its path."""
    compiles, link = commands_of(build)
    file = ROOT / "lib" / bug.file
    text = file.read_text()
    if text.count(bug.old) != 1:
        sys.exit(f"{bug.name}: the code to change is not once in lib/{bug.file}; the list needs a new look")
    changed, made, program = place / file.name, place / (file.name + ".o"), place / "sim_main"
    changed.write_text(text.replace(bug.old, bug.new))
    words = shlex.split(compiles[str(file)])
    words[words.index("-o") + 1] = str(made)
    words[words.index("-c") + 1] = str(changed)
    subprocess.run(words + ["-Wno-error"], cwd=build, check=True)
    words = shlex.split(link.removeprefix(": && ").removesuffix(" && :"))
    words[words.index("-o") + 1] = str(program)
    own = next(word for word in words if word.endswith("sim_main.cc.o"))
    words.insert(words.index(own) + 1, str(made))
    subprocess.run(words, cwd=build, check=True)
    return program


def first_break(program, seeds):
    """What the simulation says first; None when it notices nothing."""
    for first in range(1, seeds + 1, 4):
        ran = subprocess.run([str(program), "--seed", str(first), "--seeds", "4"], capture_output=True, text=True,
                             check=False)
        if ran.returncode == 1:
            return ran.stdout.splitlines()[0]
        if ran.returncode != 0:
            return f"it ended with status {ran.returncode}: {ran.stderr.strip().splitlines()[-1:]}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    through = []
    for bug in BUGS:
        if arguments.names and bug.name not in arguments.names:
            continue
        with tempfile.TemporaryDirectory() as place:
            broken = first_break(build_with(bug, arguments.build.resolve(), Path(place)), arguments.seeds)
        print(f"{bug.name}: {broken or 'GOT THROUGH'}\n    {bug.source}", flush=True)
        if broken is None:
            through.append(bug.name)
    print(f"{len(through)} got through: {', '.join(through)}" if through else "each was noticed")
    return 1 if through else 0


if __name__ == "__main__":
    sys.exit(main())
