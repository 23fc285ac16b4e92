"""death_peers, as the benches on a real engine use it."""

import json
import subprocess

from harness import paths


class Peers:
    """Many streams that want `service`, who acts on its processes, and a reader of the engine's events."""

    def __init__(self, yard, service, streams):
        self._engine = yard.engine
        socket = yard.engine.endpoint.removeprefix("unix://")
        self._process = yard.engine.spawn(
            [paths.BUILD / "tests" / "bench" / "death_peers", yard.daemon.xds_directory / "xds.sock", socket,
             service, streams], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def places(self, names):
        """(pid, address, id) of each container that runs, by name."""
        found = {}
        for facts in json.loads(self._engine.docker("inspect", *names)):
            ip = next(iter(facts["NetworkSettings"]["Networks"].values()))["IPAddress"]
            if facts["State"]["Running"]:
                found[facts["Name"].lstrip("/")] = (facts["State"]["Pid"], ip, facts["Id"])
        return found

    def ask(self, command, words):
        self._process.stdin.write(" ".join([command, *words]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"death_peers ended with {self._process.wait()}")
        return answer

    def close(self):
        self._process.stdin.close()
        self._process.wait()
