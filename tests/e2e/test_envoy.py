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

    def start_envoy(self, bootstrap):
        log = self.enterContext((self.fleet.directory / "envoy.log").open("w"))
        process = self.fleet.engine.spawn(
            [paths.ENVOY, "-c", bootstrap, "--use-dynamic-base-id", "--concurrency", "1"],
            stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)
        return process

    def call(self, calls):
        """Calls over one channel, which is one connection to Envoy; waits until Envoy listens."""
        command = self.fleet.engine.inside([
            str(paths.CLIENTS / "python"), str(paths.CALLS), LISTENER, f"--calls={calls}",
            f"--authority={SERVICE}.{PROJECT}"])
        return json.loads(run(command, 120))

    def assert_spread(self, count):
        hosts = self.fleet.hosts()
        said = self.call(count)
        log = (self.fleet.directory / "envoy.log").read_text(errors="replace")
        self.assertEqual(said["failures"], [], log[-3000:])
        self.assertEqual(set(said["replicas"]), hosts)
        share = count / len(hosts)
        for host, calls in said["replicas"].items():
            self.assertAlmostEqual(calls, share, delta=share / 10, msg=host)
        self.assertNotIn(" rejected: ", log)

    def test_3000_calls_on_one_connection_are_spread_within_ten_percent_also_over_increments(self):
        bootstrap = self.fleet.bootstrap("envoy")
        process = self.start_envoy(bootstrap)
        self.assert_spread(CALLS)

        end_process(process, 5)
        delta = self.fleet.directory / "bootstrap-delta.json"
        text = bootstrap.read_text()
        self.assertEqual(text.count('"GRPC"'), 2, "discovery, then load reports")
        delta.write_text(text.replace('"GRPC"', '"DELTA_GRPC"', 1))
        self.start_envoy(delta)
        self.assert_spread(CALLS // 10)
        self.fleet.compose.scale(SERVICE, 2)
        self.fleet.wait_in_rotation(2)
        self.assert_spread(CALLS // 10)


if __name__ == "__main__":
    cases.main()
