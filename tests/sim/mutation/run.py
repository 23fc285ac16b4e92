#!/usr/bin/env python3
"""Shows that the tests notice when the core is broken: known field bugs, and mutants.

    tests/sim/mutation/run.py [--build build/release] [--mutants 40|all] [--seed 1] [--seeds 40] [NAME...]

A field bug has to break a promise in the simulation. A mutant has to fail the scenarios and unit
tests of lib/fleet or the simulation; who lives is named. Exit status 1: a bug got through, or
less than 95 of 100 mutants were killed. With NAMEs only what has one of them in its name is run.
Needs a build of sim_main, fleet_scenario_test, fleet_test and fleet_property_test.
"""

import argparse
import concurrent.futures
import os
import sys
import time
from pathlib import Path

import field_bugs
import mutants
from variants import ROOT, Build, without_overlaps

KILLED_PERCENT = 95
# Cheapest first; each says in a moment what it has to say.
TESTS = ("fleet_test", "fleet_scenario_test", "fleet_property_test")


def first_break(build, variant, seeds):
    """What the simulation says first; None when it notices nothing."""
    status, output = build.run(variant, "sim_main", ["--seeds", str(seeds), "--threads", "1", "--until-broken"], 300)
    return None if status == 0 else explained(status, output)


def explained(status, output):
    lines = output.strip().splitlines() or [""]
    telling = next((line for line in lines if " broken at " in line or "Failure" in line or "[  FAILED  ]" in line), lines[-1])
    return telling[:160] if status == 1 else f"ended with status {status}: {telling[:120]}"


def killer(build, variant, seeds):
    """(who killed it, how); None when it lives."""
    for test in TESTS:
        status, output = build.run(variant, test, ["--gtest_brief=1"])
        if status != 0:
            return test, explained(status, output)
    told = first_break(build, variant, seeds)
    return ("sim_main", told) if told else None


def side_by_side(work, variants):
    """work(variant) for each, on all cores; in their order."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(variants, pool.map(work, variants))


def check_original(build):
    for test in TESTS:
        status, output = build.run(None, test, ["--gtest_brief=1"])
        if status != 0:
            sys.exit(f"{test} fails with nothing changed: {explained(status, output)}")
    if told := first_break(build, None, 2):
        sys.exit(f"the simulation fails with nothing changed: {told}")


def run_bugs(build, bugs, seeds):
    through = []
    sources = {bug.name: bug.source for bug in field_bugs.BUGS + field_bugs.MORE}
    for variant, told in side_by_side(lambda one: first_break(build, one, seeds), bugs):
        print(f"bug {variant.name}: {told or 'GOT THROUGH'}\n    {sources[variant.name]}", flush=True)
        through += [] if told else [variant.name]
    return through


def run_mutants(build, drawn, seeds):
    alive, killed = [], {}
    for variant, death in side_by_side(lambda one: killer(build, one, seeds), drawn):
        print(f"mutant {variant.name}: " + (f"{death[0]}: {death[1]}" if death else "LIVES"), flush=True)
        if death:
            killed[death[0]] = killed.get(death[0], 0) + 1
        else:
            alive.append(variant.name)
    return alive, killed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--mutants", default="all" if os.environ.get("FAIRLEAD_SOAK") else "40")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    wanted = lambda one: not arguments.names or any(name in one.name for name in arguments.names)
    bugs = [one for one in (bug.variant() for bug in field_bugs.BUGS + field_bugs.MORE) if wanted(one)]
    rest = [one for one in mutants.all_mutants(arguments.seed) if wanted(one) and not mutants.is_equivalent(one)]
    most = len(rest) if arguments.mutants == "all" else int(arguments.mutants)
    through, alive, killed, first = [], [], {}, True
    while first or (rest and most > 0):
        drawn, rest = without_overlaps(rest, bugs if first else ())
        drawn, most = drawn[:most], most - len(drawn[:most])
        begun = time.monotonic()
        build = Build(arguments.build.resolve(), (bugs if first else []) + drawn)
        print(f"{len(drawn)} mutants{f' and {len(bugs)} bugs' if first else ''} built in {time.monotonic() - begun:.0f} s", flush=True)
        check_original(build)
        if first:
            through = run_bugs(build, bugs, arguments.seeds)
        lives, dead = run_mutants(build, drawn, arguments.seeds)
        alive += lives
        killed = {name: killed.get(name, 0) + dead.get(name, 0) for name in {**killed, **dead}}
        first = False
    number = sum(killed.values()) + len(alive)
    print(f"{len(bugs) - len(through)} of {len(bugs)} bugs noticed" + (f"; got through: {', '.join(through)}" if through else ""))
    print(f"{sum(killed.values())} of {number} mutants killed ({', '.join(f'{count} by {name}' for name, count in sorted(killed.items()))})")
    print("".join(f"lives: {name}\n" for name in alive), end="")
    return 1 if through or sum(killed.values()) * 100 < KILLED_PERCENT * number else 0


if __name__ == "__main__":
    sys.exit(main())
