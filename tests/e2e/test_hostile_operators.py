"""Attacks on the operators' API, behind which is a gRPC library: callers, discovery and the operator's own socket notice nothing."""

import subprocess
import sys
import time
import unittest

from harness import cases, paths
from harness.memory import MostPrivate
from harness.yard import Yard

ADDRESS, PORT = "127.0.0.1", 18002
STATUS = "/fairlead.admin.v1.Admin/GetStatus"
SECONDS = 3
MEMORY_GROWTH_MAX_KIB = 64 << 10


class HostileOperators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("operators")
        cls.yard.daemon.settings = {"admin": {"listen": [cls.yard.daemon.admin, f"{ADDRESS}:{PORT}"]}}
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        cls.neighbour, cls.hosts = cls.yard.neighbour("one", "two")
        cls.addClassCleanup(cls.neighbour.close)

    def attack(self, name, address=ADDRESS):
        mark = self.neighbour.mark()
        memory = MostPrivate(self.yard.daemon.process.pid)
        attacker = self.yard.engine.spawn([sys.executable, paths.ATTACK_PEERS, name, address, PORT, STATUS],
                                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            time.sleep(SECONDS)
            self.assertIn("2 in rotation", self.yard.daemon.fairlead("status"), "its own socket answers meanwhile")
            client = self.yard.client()
            client.wait_spread(self.hosts, 10)
            client.close()
        finally:
            attacker.communicate(timeout=60)
            grown = memory.stop_and_tell_growth()
        self.assertEqual(attacker.returncode, 0)
        self.assertIn("2 in rotation", self.yard.daemon.fairlead("status"))
        self.assertLess(grown, MEMORY_GROWTH_MAX_KIB)
        self.assertEqual(self.neighbour.failed(mark), [])

    def test_rapid_resets(self):
        self.attack("rapid resets")

    def test_resets_that_the_server_is_made_to_send(self):
        self.attack("made resets")

    def test_continuation_without_end(self):
        self.attack("CONTINUATION without end")

    def test_header_bombs(self):
        self.attack("header bombs")

    def test_a_ping_flood(self):
        self.attack("PING flood")

    def test_a_settings_flood(self):
        self.attack("SETTINGS flood")

    def test_answers_that_nobody_takes(self):
        self.attack("window 0")

    def test_what_is_no_http2(self):
        self.attack("no HTTP/2")

    def test_slow_prefaces(self):
        self.attack("slow prefaces")

    def test_ten_thousand_idle_connections(self):
        self.attack("10,000 idle connections")

    def test_its_own_socket_too(self):
        path = self.yard.daemon.admin.removeprefix("unix://")
        self.attack("rapid resets", path)
        self.attack("header bombs", path)
        self.attack("slow prefaces", path)
        self.attack("10,000 idle connections", path)


if __name__ == "__main__":
    cases.main()
