"""flood_bench: does the engine answer as fast with fairleadd attached, while 10,000 events rush by?

Listing containers, as `docker ps` does, during floods of events, in turn with fairleadd and without it:
10,000 of the kind that HEALTHCHECKs make, and 1,000 renames of a managed container, of which every one
concerns fairleadd (the engine does some 200 a second). An engine holds up every call on its host while a
reader of events lags by more than 1,024; so the bytes that wait unread at fairleadd are watched, too.
"""

import multiprocessing
import os
import re
import socket
import time
from functools import partial
from pathlib import Path

from figures import OnEngine, quantile, tell_ratio
from harness.waiting import run

EXECS = 10_000
RENAMES = 1_000
PAIRS = 5
REPLICAS = 20
GOAL = 1.05
CALM = {"fairlead.health.interval": "1s", "fairlead.health.timeout": "1s"}  # the default
PAUSE = 0.005        # between two lists; they must not be the load
SAMPLE_EVERY = 100   # lists


class Lister:
    """GET /containers/json over one kept connection, as a client of the engine would ask."""

    REQUEST = b"GET /containers/json HTTP/1.1\r\nHost: engine\r\n\r\n"

    def __init__(self, engine):
        self._peer = socket.socket(socket.AF_UNIX)
        self._peer.connect(engine.endpoint.removeprefix("unix://"))
        self._answer = self._peer.makefile("rb")

    def milliseconds(self):
        began = time.perf_counter()
        self._peer.sendall(self.REQUEST)
        length = None
        while line := self._answer.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        if length is not None:
            self._answer.read(length)
        else:
            while size := int(self._answer.readline(), 16):
                self._answer.read(size + 2)
            self._answer.readline()
        return (time.perf_counter() - began) * 1000


class Watched:
    """What fairleadd keeps and uses; where none runs, the same is asked and nothing found."""

    def __init__(self, engine, process):
        self._engine = engine
        self._pid = process.pid if process else None
        self.unread_most = 0

    def sample(self):
        """The bytes that wait at its unix sockets, the engine's events among them."""
        for line in run(self._engine.inside(["ss", "-xpH"]), 10).splitlines():
            if self._pid and f"pid={self._pid}," in line:
                self.unread_most = max(self.unread_most, int(line.split()[2]))

    def resident_kib(self):
        status = Path(f"/proc/{self._pid}/status").read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def cpu_seconds(self):
        fields = Path(f"/proc/{self._pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def flood(engine, make_events, watched):
    """Returns the latencies of lists, in ms, and the seconds that the flood took."""
    lister, latencies = Lister(engine), []
    flooder = multiprocessing.Process(target=make_events)
    began = time.perf_counter()
    flooder.start()
    while flooder.is_alive():
        latencies.append(lister.milliseconds())
        if len(latencies) % SAMPLE_EVERY == 0:
            watched.sample()
        time.sleep(PAUSE)
    flooder.join()
    if flooder.exitcode != 0:
        raise SystemExit("the flood ended early")
    return latencies, time.perf_counter() - began


def measure(yard, title, count, make_events):
    alone, beside, seconds, growth, unread, cpu = [], [], {"alone": 0, "beside": 0}, [], 0, 0
    for _ in range(PAIRS):
        yard.daemon.stop()
        latencies, took = flood(yard.engine, make_events, Watched(yard.engine, None))
        alone += latencies
        seconds["alone"] += took
        yard.daemon.start()
        watched = Watched(yard.engine, yard.daemon.process)
        memory, used = watched.resident_kib(), watched.cpu_seconds()
        latencies, took = flood(yard.engine, make_events, watched)
        beside += latencies
        seconds["beside"] += took
        cpu += watched.cpu_seconds() - used
        growth.append(watched.resident_kib() - memory)
        unread = max(unread, watched.unread_most)
    print(f"list of {REPLICAS + 2} containers during {count} {title}, {PAIRS} times each in turn")
    for what, values, took in (("without", alone, seconds["alone"]), ("with fairleadd", beside, seconds["beside"])):
        print(f"  {what:15} p50 {quantile(values, 0.5):6.2f} ms   p99 {quantile(values, 0.99):6.2f} ms   "
              f"{len(values)} lists, {count * PAIRS / took:.0f} events/s")
    tell_ratio("median with / without", quantile(beside, 0.5) / quantile(alone, 0.5), GOAL)
    print(f"  fairleadd: unread at most {unread} bytes, memory grew by {max(growth)} KiB at most, "
          f"{cpu / seconds['beside'] * 100:.1f} % of a core")
    inventory = yard.daemon.query("status")[0].get("inventory", {})
    print(f"  its inventory afterwards: {inventory.get('state')}, {inventory.get('missedEventCount', 0)} events missed")


if __name__ == "__main__":
    with OnEngine("flood-bench") as place:
        place.engine.make_busybox_image()
        for number in range(REPLICAS):
            place.serve(f"replica-{number}", labels=CALM)
        stranger = place.run("stranger", image="busybox", command=["sleep", "3600"])
        ours = place.serve("ours", image="busybox", command=["sleep", "3600"],
                           labels={"fairlead.health.protocol": "none"})
        measure(place, "events of HEALTHCHECKs", EXECS, partial(place.engine.prepare_exec_often, stranger, EXECS))
        measure(place, "renames of a managed container", RENAMES,
                partial(place.engine.rename_often, ours, RENAMES))
