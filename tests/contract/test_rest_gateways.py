#!/usr/bin/env python3
"""Our gateway beside the one that the real protoc-gen-grpc-gateway makes, before one server, over one table of requests:
same status, same JSON, same named headers, or a difference that is listed with its reason and is really there.

Of errors that a gateway itself tells, the code is compared: its words and details are its own.
"""

import sys
import unittest
from concurrent import futures
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import cases  # noqa: E402
from rest import differences, requests, worlds  # noqa: E402

AT_ONCE = 8  # rows


class TheGateways(unittest.TestCase):
    """One case per row, made below; all rows are asked beside each other first."""

    @classmethod
    def setUpClass(cls):
        cases.need(worlds.PEERS, "./dev setup --clients")
        cases.need(worlds.OURS, "./dev build dev")
        backend = worlds.Program(worlds.PEERS, "backend")
        cls.addClassCleanup(backend.close)
        cls.ours = worlds.Program(worlds.OURS, backend.port)
        cls.addClassCleanup(cls.end_ours)  # under the sanitizers it tells of leaks, too
        cls.theirs = worlds.Program(worlds.PEERS, "gateway", f"127.0.0.1:{backend.port}")
        cls.addClassCleanup(lambda: cls.theirs.close())
        with futures.ThreadPoolExecutor(AT_ONCE) as pool:
            cls.answers = {row.name: [pool.submit(worlds.ask, gateway.port, row) for gateway in (cls.ours, cls.theirs)]
                           for row in requests.ROWS}

    @classmethod
    def end_ours(cls):
        if (code := cls.ours.close()) != 0:
            raise RuntimeError(f"our gateway ended with {code}")

    def hold(self, row):
        ours, theirs = [answer.result() for answer in self.answers[row.name]]
        found = worlds.differences(row, ours, theirs)
        listed = differences.of(row.name)
        told = "\n".join(f"{what}\n  ours   {one!r}\n  theirs {other!r}" for what, (one, other) in found.items())
        self.assertEqual(set(found), set(listed.what if listed else ()), f"\n{told}\nlisted: {listed and listed.why}")

    def test_the_tables_are_whole(self):
        names = [row.name for row in requests.ROWS]
        self.assertGreaterEqual(len(names), 500)
        self.assertEqual(len(set(names)), len(names))
        for one in differences.DIFFERENCES:
            for pattern in one.rows:
                self.assertTrue(any(differences.matches(pattern, name) for name in names), f"no row: {pattern}")


for number, one_row in enumerate(requests.ROWS):
    words = "".join(c if c.isascii() and c.isalnum() else "_" for c in one_row.name)[:60]
    setattr(TheGateways, f"test_{number:03}_{words}", lambda self, row=one_row: self.hold(row))


if __name__ == "__main__":
    cases.main()
