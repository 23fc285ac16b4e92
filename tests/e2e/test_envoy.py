"""A real Envoy, started with `fairlead bootstrap envoy` unchanged, spreads calls per request."""

import json
import subprocess
import unittest

from harness import cases, paths
from harness.fleet import PROJECT, SERVICE, Fleet
from harness.waiting import end_process, run

CALLS = 3000
LISTENER = "127.0.0.1:10000"


class RealEnvoy(unittest.TestCase):
    def setUp(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        self.fleet = Fleet("envoy", {"envoy": {"listeners": [{"name": "test", "address": LISTENER}]}})
        self.addCleanup(self.fleet.close)
        self.fleet.open()

    def start_envoy(self):
        log = self.enterContext((self.fleet.directory / "envoy.log").open("w"))
        process = self.fleet.engine.spawn(
            [paths.ENVOY, "-c", self.fleet.bootstrap("envoy"), "--use-dynamic-base-id", "--concurrency", "1"],
            stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)

    def call(self, calls):
        """Calls over one channel, which is one connection to Envoy; waits until Envoy listens."""
        command = self.fleet.engine.inside([
            str(paths.CLIENTS / "python"), str(paths.CALLS), LISTENER, f"--calls={calls}",
            f"--authority={SERVICE}.{PROJECT}"])
        return json.loads(run(command, 120))

    def test_3000_calls_on_one_connection_are_spread_within_ten_percent(self):
        self.start_envoy()
        said = self.call(CALLS)
        log = (self.fleet.directory / "envoy.log").read_text(errors="replace")
        self.assertEqual(said["failures"], [], log[-3000:])
        self.assertEqual(set(said["replicas"]), self.fleet.hosts())
        for host, calls in said["replicas"].items():
            self.assertAlmostEqual(calls, CALLS / 3, delta=CALLS / 30, msg=host)


if __name__ == "__main__":
    cases.main()
