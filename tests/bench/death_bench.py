"""death_bench: from the end of a container's process to 1,000 streams with the list without it.

Beside it, in the same run and by the same clock: the engine's own `die` event, read by a plain reader.
The daemon and the engine are real; the processes are killed from outside the engine, one at a time and
twenty at once. Streams and clock: death_peers.cc.
"""

import json

from figures import OnEngine, quantile, tell_ratio
from peers import Peers

REPLICAS = 24
STREAMS = 1000
VICTIMS = 20       # of a burst, and killed one by one between two bursts
ROUNDS = 3
GOAL_SINGLE = 0.45
GOAL_BURST = 0.15
SERVICE = "api.default"
# Nothing of ours may start them again: what is measured is the list.
LABELS = {"fairlead.repair": "observe", "fairlead.health.interval": "1s", "fairlead.health.timeout": "1s"}


class Deaths:
    def __init__(self, yard):
        self.yard = yard
        self.names = [f"replica-{number}" for number in range(REPLICAS)]
        for name in self.names:
            yard.serve(name, labels=LABELS)
        yard.wait_in(*self.names)
        self.peers = Peers(yard, SERVICE, STREAMS)

    def revive(self, names):
        self.yard.engine.docker("start", *names, seconds=120)

    def kill(self, names):
        places = self.peers.places(self.names)
        self.peers.ask("await", [ip for _, ip, _ in places.values()])
        told = json.loads(self.peers.ask("kill", [",".join(map(str, places[name])) for name in names]))
        return told["deaths"], told["lists"] / STREAMS

    def close(self):
        self.peers.close()


def tell(title, deaths, goal):
    ends = [death["ended_us"] / 1000 for death in deaths]
    dies = [death["die_us"] / 1000 for death in deaths]
    lists = [micros / 1000 for death in deaths for micros in death["streams_us"]]
    lasts = [max(death["streams_us"]) / 1000 for death in deaths]
    after = [(micros - death["ended_us"]) / 1000 for death in deaths for micros in death["streams_us"]]
    print(title)
    for what, values in (("process ended", ends), ("list without it", lists), ("on the last stream", lasts),
                         ("list after the end", after), ("die event", dies)):
        print(f"  {what:18} p50 {quantile(values, 0.5):8.2f} ms   p99 {quantile(values, 0.99):8.2f} ms")
    tell_ratio("p99 of the list / median of die", quantile(lists, 0.99) / quantile(dies, 0.5), goal)


def measure(yard):
    fleet = Deaths(yard)
    singles, bursts, pushes = [], [], []
    for number in range(ROUNDS):
        victims = fleet.names[number:number + VICTIMS]
        for name in victims:
            singles += fleet.kill([name])[0]
        fleet.revive(victims)
        yard.wait_in(*victims)
        deaths, lists = fleet.kill(victims)
        bursts += deaths
        pushes.append(lists)
        fleet.revive(victims)
        yard.wait_in(*victims)
    fleet.close()
    tell(f"death of one of up to {REPLICAS} replicas, {len(singles)} times, {STREAMS} streams over a unix socket",
         singles, GOAL_SINGLE)
    tell(f"death of {VICTIMS} replicas at once, {ROUNDS} times, {STREAMS} streams over a unix socket",
         bursts, GOAL_BURST)
    print(f"  lists that a stream got for {VICTIMS} deaths: {min(pushes):.1f} to {max(pushes):.1f}")


if __name__ == "__main__":
    with OnEngine("death-bench") as yard:
        measure(yard)
