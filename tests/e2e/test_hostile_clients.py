"""Clients of discovery that send rubbish get an error; their neighbours notice nothing."""

import random
import unittest

from harness import cases
from harness.raw_h2 import PREFACE, RawCall, send_bytes
from harness.yard import Yard

SERVICE = "/envoy.service.discovery.v3.AggregatedDiscoveryService/"
STREAM = SERVICE + "StreamAggregatedResources"
LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
MEMORY_GROWTH_MAX_KIB = 64 << 10


def field(number, payload):
    """A length-delimited protobuf field."""
    size, length = len(payload), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload


def request(names, node=b"raw"):
    """A DiscoveryRequest: node 2 (id 1), resource_names 3, type_url 4."""
    return ((field(2, field(1, node)) if node else b"") + b"".join(field(3, name.encode()) for name in names)
            + field(4, LISTENER.encode()))


class HostileClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("hostile")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        cls.neighbour, cls.hosts = cls.yard.neighbour("one", "two")
        cls.addClassCleanup(cls.neighbour.close)
        cls.socket = cls.yard.daemon.xds_directory / "xds.sock"

        cls.mark = cls.neighbour.mark()

    @classmethod
    def tearDownClass(cls):
        """The neighbour got through all of it without a failed call."""
        cls.neighbour.wait_spread(cls.hosts, 5)
        if failed := cls.neighbour.failed(cls.mark):
            raise AssertionError(f"the neighbour's calls failed: {failed[:5]}")

    def tearDown(self):
        """A new client is served."""
        call = self.call(STREAM)
        call.send(request(["api"]))
        self.assertTrue(call.wait_message())
        self.assertIsNone(self.yard.daemon.process.poll())

    def call(self, path):
        call = RawCall(self.socket, path)
        self.addCleanup(call.close)
        return call

    def memory_kib(self):
        with open(f"/proc/{self.yard.daemon.process.pid}/status", encoding="utf-8") as status:
            return int(next(line.split()[1] for line in status if line.startswith("VmRSS:")))

    def test_bytes_that_are_no_http2(self):
        noise = random.Random(1).randbytes(4096)
        for data in (noise, PREFACE + noise, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x02\x00" + noise):
            self.assertNotIn(b"api", send_bytes(self.socket, data))

    def test_a_method_that_is_not_served(self):
        for path in (SERVICE + "Nonsense", "/nobody/Nothing", "/"):
            call = self.call(path)
            self.assertIn(call.wait_end(), ("trailers", "reset"), path)
            self.assertEqual(call.messages, 0)

    def test_requests_that_cannot_be_understood(self):
        for message in (request(["api"], node=b""), b"\x0a\x7f rubbish", b"\xff" * 100):
            call = self.call(STREAM)
            call.send(message)
            self.assertEqual(call.wait_end(), "trailers")
            self.assertEqual(call.messages, 0)

    def test_a_hundred_thousand_names(self):
        before = self.memory_kib()
        call = self.call(STREAM)
        call.send(request([f"name-{number}" for number in range(100_000)]))
        self.assertEqual(call.wait_end(), "trailers")
        self.assertLess(self.memory_kib() - before, MEMORY_GROWTH_MAX_KIB)

    def test_a_message_larger_than_any_client_sends(self):
        before = self.memory_kib()
        call = self.call(STREAM)
        call.send(bytes(16 << 20))
        self.assertIn(call.wait_end(), ("trailers", "reset", "goaway"))
        self.assertLess(self.memory_kib() - before, MEMORY_GROWTH_MAX_KIB)


if __name__ == "__main__":
    cases.main()
