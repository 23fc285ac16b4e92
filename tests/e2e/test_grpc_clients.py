"""Stock gRPC clients find the replicas by xds:///, over the unix socket and over TCP."""

import json
import unittest

from harness import cases, paths
from harness.fleet import PROJECT, SERVICE, Fleet
from harness.waiting import run

CALLS = 300


class StockClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.fleet = Fleet("clients")
        cls.addClassCleanup(cls.fleet.close)
        cls.fleet.open()

    def assert_spread(self, replicas):
        """Every replica, and nothing else, answered within 10 % of its share."""
        self.assertEqual(set(replicas), self.fleet.hosts())
        for host, calls in replicas.items():
            self.assertAlmostEqual(calls, CALLS / 3, delta=CALLS / 30, msg=host)

    def environment(self, *bootstrap):
        file = self.fleet.bootstrap("grpc", *bootstrap)
        return {**self.fleet.engine.environment, "GRPC_XDS_BOOTSTRAP": str(file)}

    def call_with_cpp(self, target, *bootstrap):
        command = self.fleet.engine.inside([str(paths.DEMO_CLIENT), f"--target={target}", f"--calls={CALLS}",
                                            "--rate=200", "--work_ms=0", "--deadline_ms=20000"])
        lines = run(command, 60, self.environment(*bootstrap)).splitlines()
        total = json.loads(lines[-1])
        self.assertEqual((total["kind"], total["ok"], total["failed"]), ("total", CALLS, 0), lines)
        self.assert_spread({host: replica["calls"] for host, replica in total["replicas"].items()})

    def call_with_grpcio(self, target, *bootstrap):
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        command = self.fleet.engine.inside([str(paths.CLIENTS / "python"), str(paths.CALLS), target,
                                            f"--calls={CALLS}", f"--replicas={len(self.fleet.hosts())}"])
        said = json.loads(run(command, 60, self.environment(*bootstrap)))
        self.assertEqual(said["failures"], [])
        self.assertTrue(said["grpc"].startswith("1.85."), said["grpc"])
        self.assert_spread(said["replicas"])

    def test_cpp_1_51_over_the_unix_socket(self):
        self.call_with_cpp(f"xds:///{SERVICE}")

    def test_cpp_1_51_over_tcp(self):
        self.call_with_cpp(f"xds:///{SERVICE}.{PROJECT}", "--tcp")

    def test_grpcio_1_85_over_the_unix_socket(self):
        self.call_with_grpcio(f"xds:///{SERVICE}")

    def test_grpcio_1_85_over_tcp(self):
        self.call_with_grpcio(f"xds:///{SERVICE}.{PROJECT}", "--tcp")

    def test_a_port_suffix_is_the_same_service(self):
        self.call_with_cpp(f"xds:///{SERVICE}:50051")


if __name__ == "__main__":
    cases.main()
