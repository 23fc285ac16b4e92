"""probe_start_bench: one health check by fairlead-probe beside one by grpc_health_probe, in turn.

From the start of the process to its end, against a socket that answers with bytes made before; what the probes
cost a host that runs one each second in each container. Private memory is looked at while they wait.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from figures import quantile, tell_ratio
from harness import paths

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contract"))
from probes.raw_servers import RawServer  # noqa: E402  pylint: disable=wrong-import-position

PROGRAMS = {"nothing": ["/bin/true"], "ours": [paths.BUILD / "daemon" / "fairlead-probe"],
            "Go's": [paths.ROOT / ".cache" / "health_probe" / "v0.4.40" / "grpc-health-probe"]}
ROUNDS = 200
START_MS_GOAL = 5.0


def once(command):
    """Milliseconds, and seconds of the processor."""
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, {}, file_actions=[
        (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
    _, status, used = os.wait4(child, 0)
    spent = (time.perf_counter() - began) * 1000
    if status != 0:
        raise RuntimeError(f"{command} ended with {status}")
    return spent, (used.ru_utime + used.ru_stime) * 1000


def private_kib(command, silent):
    """RssAnon while it waits for a server that says nothing."""
    with subprocess.Popen([*command, f"-addr={silent.address}", "-connect-timeout=2s"], stderr=subprocess.DEVNULL) as child:
        time.sleep(0.3)
        text = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
        child.kill()
    return int(re.search(r"RssAnon:\s+(\d+)", text).group(1))


def main():
    answering, silent = RawServer("answers"), RawServer("silent")
    commands = {name: [str(word) for word in words] + [f"-addr={answering.address}"] for name, words in PROGRAMS.items()}
    runs = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            runs[name].append(once(command))
    print(f"one check, {ROUNDS} times in turn")
    for name, values in runs.items():
        wall, cpu = [one[0] for one in values], [one[1] for one in values]
        print(f"  {name:8} min {min(wall):6.2f} ms   p50 {quantile(wall, 0.5):6.2f} ms   cpu p50 {quantile(cpu, 0.5):6.2f} ms")
    for name in ("ours", "Go's"):
        print(f"  {name:8} {private_kib(commands[name][:1], silent)} KiB private while it waits")
    ours, theirs = ([one[0] for one in runs[name]] for name in ("ours", "Go's"))
    tell_ratio("ours / Go's, median", quantile(ours, 0.5) / quantile(theirs, 0.5), 0.5)
    tell_ratio("ours, milliseconds at best", min(ours), START_MS_GOAL)
    answering.close()
    silent.close()


if __name__ == "__main__":
    main()
