"""Connections that end with their age, a second here: stock clients come back and lose neither calls nor lists.

They come back after a second or so, and call on meanwhile.
"""

import json
import subprocess
import threading
import unittest

from harness import cases, paths
from harness.waiting import end_process, poll, run
from harness.yard import Yard

AGES = 3  # how often each client's connection is ended
SECONDS = 20  # of calls; a client comes back within two, and has three ages in less than half of that
LISTENER = "127.0.0.1:10000"


class OldConnections(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("old", {"discovery.max_connection_age": "1s",
                                "envoy": {"listeners": [{"name": "test", "address": LISTENER}]}})
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        cls.names = ("old-api-1", "old-api-2")
        for name in cls.names:
            cls.yard.serve(name)
        cls.yard.wait_in(*cls.names)

    def hosts(self):
        return {self.yard.engine.inspect(name)["Config"]["Hostname"] for name in self.names}

    def streams(self, agent):
        """The clients of this agent as the API has them."""
        listed = self.yard.daemon.query("clients")[0]["clients"]
        return [client for client in listed if client["userAgent"].startswith(agent)]

    def wait_ages(self, agent):
        """Waits until the agent has come back so often. Numbers of streams grow and are not used again."""
        seen = set()

        def is_aged():
            seen.update(client["name"] for client in self.streams(agent))
            return len(seen) > AGES
        poll(f"{AGES} returns of {agent}", SECONDS, is_aged, every=0.1)

    def assert_refuses_nothing(self, agent):
        for client in self.streams(agent):
            for asked in client["resources"]:
                self.assertIsNone(asked.get("refusal"), client)

    def call_while_ages_pass(self, target, agent, *flags):
        """grpcio calls until the agent has come back AGES times; every call is answered, by both replicas."""
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        said = []
        environment = {**self.yard.engine.environment,
                       "GRPC_XDS_BOOTSTRAP": str(self.yard.daemon.xds_directory / "bootstrap.json")}
        command = self.yard.engine.inside([str(paths.CLIENTS / "python"), str(paths.CALLS), target,
                                           f"--seconds={SECONDS}", *flags])
        calling = threading.Thread(target=lambda: said.append(json.loads(run(command, 120, environment))))
        calling.start()
        try:
            self.wait_ages(agent)
            self.assert_refuses_nothing(agent)
        finally:
            calling.join()
        self.assertEqual(said[0]["failures"], [])
        self.assertEqual(set(said[0]["replicas"]), self.hosts())

    def test_cpp_1_51(self):
        client = self.yard.client()
        self.addCleanup(client.close)
        client.wait_spread(self.hosts(), 10)
        mark = client.mark()
        self.wait_ages("gRPC C-core")
        self.assert_refuses_nothing("gRPC C-core")
        self.assertEqual(client.failed(mark), [])

    def test_grpcio_1_85(self):
        self.call_while_ages_pass("xds:///api", "gRPC C-core", "--replicas=2")

    def test_envoy_1_40(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        bootstrap = self.yard.directory / "envoy.json"
        bootstrap.write_text(self.yard.daemon.fairlead("bootstrap", "envoy"))
        log = self.enterContext((self.yard.directory / "envoy.log").open("w"))
        process = self.yard.engine.spawn([paths.ENVOY, "-c", bootstrap, "--use-dynamic-base-id", "--concurrency", "1"],
                                         stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)
        self.call_while_ages_pass(LISTENER, "envoy", "--authority=api.default")


if __name__ == "__main__":
    cases.main()
