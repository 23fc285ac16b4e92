#!/usr/bin/env python3
"""fairlead-probe beside the real grpc_health_probe, old and new, over one table: same exit code, same status line.

Then what is ours alone: -watch, and what it says where the other only says that time is up.
"""

import asyncio
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import unittest
from concurrent import futures
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import cases, paths  # noqa: E402
from probes import certificates, raw_servers, table  # noqa: E402
from stock import servers  # noqa: E402

OURS = paths.BUILD / "daemon" / "fairlead-probe"
THEIRS = [paths.ROOT / ".cache" / "health_probe" / version / "grpc-health-probe" for version in ("v0.4.40", "v0.4.25")]
PYTHON = paths.CLIENTS / "python"
AT_ONCE = 8        # rows; most of a row's time is waiting
RUN_WITHIN = 60    # seconds, of one run


def run(program, flags, folder):
    """(exit code, its `status:` lines, all it said)."""
    done = subprocess.run([str(program), *flags], cwd=folder, capture_output=True, timeout=RUN_WITHIN, check=False,
                          env={"PATH": "/usr/bin:/bin"})
    said = (done.stdout + done.stderr).decode(errors="replace")
    return done.returncode, [line for line in said.splitlines() if line.startswith("status:")], said


class World:
    """Every server of the table."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="fl-probes-", dir="/tmp")
        self.folder = Path(self._folder.name)
        certificates.make(self.folder)
        self._loop = asyncio.new_event_loop()
        self.stock = {name: servers.StockServer(name) for name in table.STOCK}
        self._python = subprocess.Popen(
            [PYTHON, Path(__file__).parent / "probes" / "grpc_server.py", self.folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "GRPC_VERBOSITY": "NONE"})
        self._loop.run_until_complete(self._start_stock())
        self.places = json.loads(self._python.stdout.readline())
        self.places |= {name: f"127.0.0.1:{server.port}" for name, server in self.stock.items()}
        self.raw = {name: raw_servers.RawServer(name) for name in (*raw_servers.REPLIES, *raw_servers.MANNERS)}
        self.places |= {name: server.address for name, server in self.raw.items()}
        self._nobody = socket.socket()  # bound and never listened on: the port is nobody else's
        self._nobody.bind(("127.0.0.1", 0))
        self.places |= {"folder": str(self.folder), "nobody": "127.0.0.1:%d" % self._nobody.getsockname()[1],
                        "port": self.places["plain"].split(":")[1]}
        self.places |= {f"{name}-port": self.places[name].split(":")[1] for name in ("tls", "name-in-subject")}

    async def _start_stock(self):
        await asyncio.gather(*(server.start() for server in self.stock.values()))
        for server in self.stock.values():
            await server.turn("not-serving")

    async def _kill_stock(self):
        await asyncio.gather(*(server.kill() for server in self.stock.values()))

    def turn(self, name, word):
        """Has a stock server's `toggled` be `word`, and waits until it is."""
        self._loop.run_until_complete(self.stock[name].turn(word))

    def flags(self, row_flags):
        for name, place in self.places.items():
            row_flags = row_flags.replace("{" + name + "}", place)
        return [flag.replace("~", " ").encode("utf-8", "surrogateescape") for flag in row_flags.split()]

    def close(self):
        self._python.stdin.close()
        self._python.wait(20)
        self._python.stdout.close()
        self._loop.run_until_complete(self._kill_stock())
        self._loop.close()
        for server in self.raw.values():
            server.close()
        self._nobody.close()
        self._folder.cleanup()


@functools.cache
def world():
    made = World()
    unittest.addModuleCleanup(made.close)
    return made


def need_all():
    for path in (OURS, *THEIRS, PYTHON, *(path for name in table.STOCK for path in servers.missing(name))):
        cases.need(path, servers.HOW)


class TheTable(unittest.TestCase):
    """One case per row, made below; all rows run beside each other first."""

    @classmethod
    def setUpClass(cls):
        need_all()
        here = world()
        with futures.ThreadPoolExecutor(AT_ONCE) as pool:
            cls.runs = {row.name: [pool.submit(run, program, here.flags(row.flags), here.folder)
                                   for program in (OURS, *THEIRS)] for row in table.ROWS}

    def hold(self, row):
        (code, status, said), *theirs = [one.result() for one in self.runs[row.name]]
        heard = "\n".join(f"--- {program}: {one[0]}\n{one[2]}" for program, one in zip(("ours", *THEIRS), [
            (code, status, said), *theirs]))
        self.assertEqual(code, row.exit_code, heard)
        self.assertEqual(tuple(one[0] for one in theirs), row.theirs or (row.exit_code, row.exit_code), heard)
        self.assertEqual(bool(row.theirs), bool(row.why))
        if not row.theirs:
            self.assertEqual([status, status], [one[1] for one in theirs], heard)

    def test_the_table_has_no_row_twice(self):
        self.assertGreaterEqual(len(table.ROWS), 60)
        self.assertEqual(len({row.name for row in table.ROWS}), len(table.ROWS))


for number, one_row in enumerate(table.ROWS):
    words = "".join(c if c.isalnum() else "_" for c in one_row.name)[:60]
    setattr(TheTable, f"test_{number:03}_{words}", lambda self, row=one_row: self.hold(row))


class OursAlone(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        need_all()
        cls.here = world()

    def said(self, flags):
        code, _, said = run(OURS, self.here.flags(flags), self.here.folder)
        return code, said

    def test_a_watch_ends_with_the_word_that_it_waits_for(self):
        code, said = self.said(f"-addr={{plain}} -service=soon -watch -v {table.LONG}")
        self.assertEqual((code, "waiting: service unhealthy (responded with \"NOT_SERVING\")" in said), (0, True), said)
        self.assertIn("status: SERVING", said)

    def test_a_watch_hears_a_server_that_begins_to_serve(self):
        flags = self.here.flags(f"-addr={{go}} -service=toggled -watch -v {table.LONG}")
        with subprocess.Popen([OURS, *flags], stderr=subprocess.PIPE, text=True) as waiting:
            for line in waiting.stderr:
                if line.startswith("waiting:"):
                    self.here.turn("go", "serving")
            self.assertEqual(waiting.wait(RUN_WITHIN), 0)
        self.here.turn("go", "not-serving")

    def test_a_watch_in_vain_says_what_it_heard_last(self):
        code, said = self.said("-addr={plain} -service=down -watch -connect-timeout=20s -rpc-timeout=2s")
        self.assertEqual((code, said), (4, "service unhealthy (responded with \"NOT_SERVING\")\n"
                                           "timeout: not SERVING within 2s\n"))

    def test_a_watch_that_the_server_does_not_know_becomes_checks(self):
        self.assertEqual(self.said(f"-addr={{plain}} -service=no-watch -watch {table.LONG}")[0], 0)
        self.assertEqual(self.said(f"-addr={{bare}} -watch {table.LONG}")[0], 3)

    def test_a_watch_asks_again_where_a_check_would_have_failed(self):
        code, said = self.said("-addr={plain} -service=unavailable -watch -connect-timeout=20s -rpc-timeout=2s")
        self.assertEqual((code, "code = Unavailable" in said), (3, True), said)
        self.assertEqual(self.said(f"-addr={{plain}} -service=denied -watch {table.LONG}")[0], 3)

    def test_a_server_that_begins_to_listen_is_found(self):
        """Where the other tool tries again, too, but after a second."""
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            address = "127.0.0.1:%d" % place.getsockname()[1]
            with subprocess.Popen([OURS, f"-addr={address}", "-v", "-connect-timeout=20s", "-rpc-timeout=300ms"],
                                  stderr=subprocess.PIPE, text=True) as asking:
                for line in asking.stderr:
                    if line.startswith("trying again: connect: Connection refused"):
                        break
                place.listen()
                taken, _ = place.accept()
                taken.sendall(b"\0\0\0\4\0\0\0\0\0")  # SETTINGS, and never an answer
                self.assertIn("timeout: health rpc did not complete within 300ms", asking.stderr.read())
                self.assertEqual(asking.wait(RUN_WITHIN), 3)
                taken.close()

    def test_what_was_in_the_way_is_told(self):
        words = {"-addr={nobody}": "Connection refused", "-addr={tls}": "add -tls",
                 "-addr={silent}": "no HTTP/2 SETTINGS", "-addr={speaks-http1}": "HTTP/1",
                 "-addr={plain} " + table.TLS: "no TLS", "-addr={other-name} " + table.TLS: "other.example",
                 "-addr={mutual} " + table.TLS: "certificate"}
        with futures.ThreadPoolExecutor(AT_ONCE) as pool:
            heard = pool.map(self.said, [f"{flags} -connect-timeout=3s" for flags in words])
        for word, (code, said) in zip(words.values(), heard):
            self.assertEqual((code, word in said), (2, True), said)

    def test_what_is_not_there_is_refused_with_what_to_do(self):
        self.assertIn("use -tls", self.said("-addr={plain} -alts")[1])
        self.assertIn("-tls-client-cert", self.said("-addr={plain} -spiffe")[1])


if __name__ == "__main__":
    cases.main()
