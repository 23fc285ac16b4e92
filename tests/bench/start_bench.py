"""start_bench: a cold start of fairleadd on an engine with 40 containers, beside one bare list of them.

From the start of the process to the moment at which a client's stream has all 40 endpoints: the engine
asked, every container inspected, every replica checked. The bare list is what nobody can do without.
"""

import re
import socket
import subprocess
import time

from figures import OnEngine, quantile
from flood_bench import Lister
from harness import paths

REPLICAS = 40
STARTS = 10
CALM = {"fairlead.health.interval": "1s", "fairlead.health.timeout": "1s"}  # the default


def wait_listening(path):
    """A client that dials before the socket is there would wait for its own next try."""
    while True:
        with socket.socket(socket.AF_UNIX) as peer:
            try:
                peer.connect(str(path))
                return
            except OSError:
                time.sleep(0.001)


def start(yard, ips):
    """Milliseconds from the start of the process to a socket that answers, and to the whole list."""
    began = time.perf_counter()
    yard.daemon.launch()
    wait_listening(yard.daemon.xds_directory / "xds.sock")
    listening = time.perf_counter()
    peers = yard.engine.spawn(
        [paths.BUILD / "tests" / "bench" / "death_peers", yard.daemon.xds_directory / "xds.sock",
         yard.engine.endpoint.removeprefix("unix://"), "api.default", 1],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    peers.stdin.write(" ".join(["await", *ips]) + "\n")
    peers.stdin.flush()
    said = peers.stdout.readline()
    since = float(re.match(r"ready (\d+) us ago", said).group(1)) / 1e6
    listed = time.perf_counter() - since
    peers.stdin.close()
    peers.wait()
    return (listening - began) * 1000, (listed - began) * 1000


def measure(yard):
    names = [f"replica-{number}" for number in range(REPLICAS)]
    for name in names:
        yard.serve(name, labels=CALM)
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    ips = yard.engine.docker("inspect", "--format", form, *names).split()
    lister, lists, listens, starts = Lister(yard.engine), [], [], []
    for _ in range(STARTS):
        lists += [lister.milliseconds() for _ in range(5)]
        listening, whole = start(yard, ips)
        listens.append(listening)
        starts.append(whole)
        yard.daemon.stop()
    print(f"cold start with {REPLICAS} replicas, {STARTS} times, in turn with bare lists of all containers")
    for what, values in (("bare list", lists), ("fairleadd listens", listens), ("first whole list", starts)):
        print(f"  {what:18} min {min(values):7.2f} ms   p50 {quantile(values, 0.5):7.2f} ms   "
              f"max {max(values):7.2f} ms")
    print(f"  first whole list / bare list: {quantile(starts, 0.5) / quantile(lists, 0.5):.1f}; behind its socket: "
          f"{(quantile(starts, 0.5) - quantile(listens, 0.5)) / quantile(lists, 0.5):.1f} (no goal with 40)")


if __name__ == "__main__":
    with OnEngine("start-bench", start_daemon=False) as place:
        measure(place)
