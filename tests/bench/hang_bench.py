"""hang_bench: from the moment a replica answers nobody any more to 1,000 streams with the list without it.

The service hangs behind an HTTP/2 library that lives, so nothing but an unanswered check tells. Checked every
100 ms with a timeout of 100 ms and fall 2, at a random phase of the interval. Streams and clock: death_peers.cc.
"""

import json
import os
import random
import signal
import time

from figures import OnEngine, quantile
from peers import Peers

REPLICAS = 4
STREAMS = 1000
ROUNDS = 24
GOAL_MS = 260
SERVICE = "api.default"
LABELS = {"fairlead.repair": "observe", "fairlead.health.interval": "100ms", "fairlead.health.timeout": "100ms",
          "fairlead.health.fall": "2"}
# Twenty answers of each kind, after which a target's habits are known.
LEARNED_SECONDS = 5
# What a replica may leave its list without being held down: three times a minute.
APART_SECONDS = 6


def hang(peers, names, victim):
    places = peers.places(names)
    peers.ask("await", [ip for _, ip, _ in places.values()])
    time.sleep(random.uniform(0, 0.1))
    pid, ip, _ = places[victim]
    try:
        return json.loads(peers.ask("hang", [f"{pid},{ip}"]))["hangs"][0]["streams_us"]
    finally:
        os.kill(pid, signal.SIGUSR2)


def measure(yard):
    names = [f"replica-{number}" for number in range(REPLICAS)]
    for name in names:
        yard.serve(name, labels=LABELS)
    yard.wait_in(*names)
    peers = Peers(yard, SERVICE, STREAMS)
    time.sleep(LEARNED_SECONDS)
    firsts, lasts = [], []
    for number in range(ROUNDS):
        victim = names[number % REPLICAS]
        began = time.monotonic()
        streams = hang(peers, names, victim)
        firsts.append(min(streams) / 1000)
        lasts.append(max(streams) / 1000)
        yard.wait_in(victim, seconds=30)
        time.sleep(max(0, APART_SECONDS - (time.monotonic() - began)))
    peers.close()
    print(f"hang of one of {REPLICAS} replicas, {ROUNDS} times, {STREAMS} streams over a unix socket")
    for what, values in (("on the first stream", firsts), ("on the last stream", lasts)):
        print(f"  list without it {what:20} least {min(values):6.1f} ms   p50 {quantile(values, 0.5):6.1f} ms   "
              f"most {max(values):6.1f} ms")
    print(f"  most on the last stream: {max(lasts):.0f} ms   goal <= {GOAL_MS} ms: "
          f"{'met' if max(lasts) <= GOAL_MS else 'NOT met'}")


if __name__ == "__main__":
    with OnEngine("hang-bench") as yard:
        measure(yard)
