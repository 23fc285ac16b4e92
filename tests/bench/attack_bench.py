"""attack_bench: what honest clients notice of each attack on the listeners of discovery, operators and the gateway, and
what it costs the daemon.

Honest clients come a hundred times a second: connect, open a stream, ask for a listener, have it; or ask for the daemon's status; or
for a method that no service has. Their p99 during an attack stands beside that of the seconds before it; an attacker is one process
that does what it can, from an address of its own. The daemon's private memory is that of its worst moment, and recovery lasts from
the attacker's end to the first of ten calls in a row none of which took longer than twice the quiet p99. Attacks and honest calls:
attack_peers.py.

Attackers compute on machines of their own, so what they take of this one's cores is not measured: the daemon has a core that no
peer runs on, and the honest client is a real-time process, which an attacker on the same core gives way to.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from attack_peers import ATTACKS, STATUS
from figures import OnEngine, quantile

from harness.memory import MostPrivate

QUIET_SECONDS, ATTACK_SECONDS, AFTER_SECONDS = 5, 6, 3
P99_GOAL, MEMORY_GOAL_MIB, RECOVERY_GOAL = 2, 64, 1
CALM = 10
OPERATORS, GATEWAY = "127.0.0.1:18002", "127.0.0.1:18003"
PEERS = Path(__file__).with_name("attack_peers.py")


def give_the_daemon_a_core(pid):
    """All others are the peers'."""
    *others, last = sorted(os.sched_getaffinity(0))
    if not others:
        raise SystemExit("attack_bench: one core is too few: the attackers would take the daemon's")
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {last})
    os.sched_setaffinity(0, set(others))


def start(yard, name, listener):
    return yard.engine.spawn([sys.executable, PEERS, name, *listener], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def told_by(peer):
    said, _ = peer.communicate(timeout=60)
    if peer.returncode != 0:
        raise SystemExit(f"a peer ended with {peer.returncode}")
    return json.loads(said)


def attack(yard, name, listener):
    """(p99 before, p99 during, MiB that memory grew, seconds until quiet again, times it was cut off, connections it held)"""
    honest = start(yard, "honest", listener)
    time.sleep(QUIET_SECONDS)
    memory = MostPrivate(yard.daemon.process.pid)
    began = time.monotonic()
    attacker = start(yard, name, listener)
    time.sleep(ATTACK_SECONDS)
    cut, held = told_by(attacker)
    ended = time.monotonic()
    time.sleep(AFTER_SECONDS)
    grown = memory.stop_and_tell_growth() / 1024
    calls = told_by(honest)
    quiet = quantile([ms for at, ms in calls if at < began - 0.1], 0.99)
    during = quantile([ms for at, ms in calls if began <= at < ended], 0.99)
    return quiet, during, grown, recovery([(at - ended, ms) for at, ms in calls if at >= ended], P99_GOAL * quiet), cut, held


def recovery(calls, limit_ms):
    """When the first of CALM calls in a row began that were all quick enough; the end of all if there are none."""
    for number in range(len(calls) - CALM + 1):
        if all(ms <= limit_ms for _, ms in calls[number:number + CALM]):
            return calls[number][0]
    return AFTER_SECONDS


def measure_at(yard, what, listener):
    print(f"attacks on {what}, {ATTACK_SECONDS} s each; honest clients, each with a connection of its own")
    met = 0
    for name in ATTACKS:
        quiet, during, grown, again, cut, held = attack(yard, name, listener)
        is_met = during <= P99_GOAL * quiet and grown <= MEMORY_GOAL_MIB and again <= RECOVERY_GOAL
        met += is_met
        print(f"  {name:26} p99 {quiet:5.1f} -> {during:5.1f} ms ({during / quiet:4.1f})   memory + {grown:4.1f} MiB   quiet after "
              f"{again:4.2f} s   cut off {cut}, held {held}   {'met' if is_met else 'NOT met'}")
    print(f"  goal: p99 <= {P99_GOAL} x, memory + <= {MEMORY_GOAL_MIB} MiB, quiet after <= {RECOVERY_GOAL} s: {met} of {len(ATTACKS)} met")


def measure(yard):
    yard.serve("one", service="api")
    yard.wait_in("one")
    give_the_daemon_a_core(yard.daemon.process.pid)
    measure_at(yard, "discovery's TCP listener", yard.daemon.tcp.split(":"))
    measure_at(yard, "the operators' TCP listener", [*OPERATORS.split(":"), STATUS])
    measure_at(yard, "the gateway's listener", [*GATEWAY.split(":"), "/nobody.Has/This"])


if __name__ == "__main__":
    with OnEngine("attack-bench", settings=lambda daemon: {"admin": {"listen": [daemon.admin, OPERATORS]},
                                                        "gateway": {"listen": [GATEWAY]}}) as place:
        measure(place)
