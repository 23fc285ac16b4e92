"""hostile_checks_bench: what a check costs the daemon that a hostile server answers with all that it can send.

Three servers of each kind (hostile_server.py), each in a container and checked each second. CPU is the daemon's, all threads,
from the moment that they listen, above what it takes without a container; a check is a connection that a server has had.
Memory is the most that the daemon's private memory grew, for each server. A round whose figures are thrown away comes first.
"""

import json
import shutil
import time
from pathlib import Path

from figures import OnEngine

from harness.memory import MostPrivate
from harness.python_container import python_mounts
from harness.waiting import poll
from hostile_server import KINDS

OF_EACH = 3
QUIET_SECONDS, SECONDS = 5, 25  # time for those who are left alone after the first to be asked again
CPU_GOAL_MS, MEMORY_GOAL_KIB = 5, 64
SERVER = Path(__file__).with_name("hostile_server.py")


def cpu_seconds(pid):
    return sum(int(task.joinpath("schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def start(yard, kind, folder):
    options, command = python_mounts(SERVER)
    names = [f"hostile-{list(KINDS).index(kind)}-{number}" for number in range(OF_EACH)]
    for name in names:
        labels = {"fairlead.enable": "true", "fairlead.service": name, "fairlead.port": "50051", "fairlead.repair": "observe"}
        yard.run(name, labels, image="busybox:latest", options=["-v", f"{folder}:/go:ro", *options], command=[*command, kind, "/go/on"])
    return names


def idle(yard):
    """CPU seconds a second without a container."""
    before, began = cpu_seconds(yard.daemon.process.pid), time.monotonic()
    time.sleep(QUIET_SECONDS)
    return (cpu_seconds(yard.daemon.process.pid) - before) / (time.monotonic() - began)


def attack(yard, kind, quiet, seconds=SECONDS):
    """(checks, ms of CPU for each, KiB of memory for each server)"""
    folder = yard.directory / f"go-{list(KINDS).index(kind)}"
    folder.mkdir()
    names = start(yard, kind, folder)
    for name in names:
        yard.wait_replica(name, "to be checked", lambda replica: replica and "lastCheck" in replica)
    pid = yard.daemon.process.pid
    memory = MostPrivate(pid)
    before, began = cpu_seconds(pid), time.monotonic()
    (folder / "on").touch()
    time.sleep(seconds)
    spent = cpu_seconds(pid) - before - quiet * (time.monotonic() - began)
    grown = memory.stop_and_tell_growth()
    checks = sum(poll("a server's count", 5, lambda name=name: json.loads(yard.engine.docker("logs", "--tail", "1", name)))["connections"]
                 for name in names)
    yard.engine.docker("rm", "-f", *names)
    shutil.rmtree(folder)
    return checks, 1000 * spent / max(1, checks), grown / OF_EACH


def measure(yard):
    yard.engine.make_busybox_image()
    print(f"checks of {OF_EACH} servers of each kind, {SECONDS} s each")
    quiet, met = idle(yard), 0
    attack(yard, next(iter(KINDS)), quiet, seconds=3)
    for kind in KINDS:
        checks, spent, grown = attack(yard, kind, quiet)
        is_met = 0 < checks and spent <= CPU_GOAL_MS and grown <= MEMORY_GOAL_KIB
        met += is_met
        print(f"  {kind:22} {checks:3} checks   {spent:6.2f} ms of CPU each   memory + {grown:5.0f} KiB each   "
              f"{'met' if is_met else 'NOT met'}")
    print(f"  goal: CPU <= {CPU_GOAL_MS} ms, memory + <= {MEMORY_GOAL_KIB} KiB: {met} of {len(KINDS)} met")


if __name__ == "__main__":
    with OnEngine("hostile-checks") as place:
        measure(place)
