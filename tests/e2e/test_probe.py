#!/usr/bin/env python3
"""fairlead-probe as it ships: it runs, finds names and asks where there is nothing but itself.

In a network namespace of its own, so that a name server may be where Docker's is.
"""

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contract"))

from harness import cases, paths  # noqa: E402
from probes.raw_servers import RawServer  # noqa: E402

PROBE = paths.BUILD / "daemon" / "fairlead-probe"
BYTES_MAX = 7_000_000
LOADS_INTERPRETER = 3  # PT_INTERP
POSITION_INDEPENDENT = 3  # ET_DYN
CHROOT = shutil.which("chroot", path="/usr/sbin:/usr/bin:/sbin:/bin")
DOCKERS_NAME_SERVER = ("127.0.0.11", 53)
A, NO_ERROR, NO_SUCH_NAME = 1, 0x8180, 0x8183
INSIDE = "FAIRLEAD_PROBE_TEST_INSIDE"


class NameServer:
    """Knows one name, by one IPv4 address of loopback. The first datagram is lost."""

    def __init__(self, known):
        self._known = known
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(DOCKERS_NAME_SERVER)
        self.asked = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, peer = self._socket.recvfrom(4096)
            at, labels = 12, []
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]].decode())
                at += 1 + query[at]
            name, kind = ".".join(labels), struct.unpack_from(">H", query, at + 1)[0]
            self.asked.append(name)
            if len(self.asked) == 1:
                continue
            found = name == self._known and kind == A
            head = struct.pack(">HHHHH", NO_ERROR if name == self._known else NO_SUCH_NAME, 1, int(found), 0, 0)
            answer = b"\xc0\x0c" + struct.pack(">HHIH", A, 1, 60, 4) + socket.inet_aton("127.0.0.1") if found else b""
            self._socket.sendto(query[:2] + head + query[12:at + 5] + answer, peer)


class Probe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(PROBE, "./dev build")
        folder = tempfile.TemporaryDirectory(prefix="fl-probe-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        shutil.copy(PROBE, cls.root)
        (cls.root / "etc").mkdir()
        cls.names = NameServer("svc.shop.internal")
        cls.server = RawServer("answers")
        cls.addClassCleanup(cls.server.close)

    def ask(self, name, *flags):
        """As a container's only program would, with its /etc/resolv.conf and /etc/hosts."""
        (self.root / "etc" / "resolv.conf").write_text("nameserver 127.0.0.11\nsearch shop.internal\noptions ndots:0\n")
        (self.root / "etc" / "hosts").write_text("127.0.0.1 by-file\n")
        return subprocess.run([CHROOT, self.root, "/fairlead-probe", f"-addr={name}:{self.server.address.split(':')[1]}",
                               *flags], capture_output=True, text=True, check=False, env={})

    def test_is_static_position_independent_and_small(self):
        subprocess.run(["strip", self.root / "fairlead-probe"], check=True)
        image = (self.root / "fairlead-probe").read_bytes()
        kind, = struct.unpack_from("<H", image, 16)
        table, = struct.unpack_from("<Q", image, 32)
        size, count = struct.unpack_from("<HH", image, 54)
        segments = [struct.unpack_from("<I", image, table + size * number)[0] for number in range(count)]
        print(f"{len(image)} bytes")
        self.assertEqual(kind, POSITION_INDEPENDENT)
        self.assertNotIn(LOADS_INTERPRETER, segments)
        self.assertLessEqual(len(image), BYTES_MAX)

    def test_finds_a_name_in_the_file_of_hosts(self):
        asked = self.ask("by-file", "-connect-timeout=20s", "-rpc-timeout=20s")
        self.assertEqual((asked.returncode, asked.stderr), (0, "status: SERVING\n"))

    def test_finds_a_name_by_the_name_server_of_a_container(self):
        asked = self.ask("svc", "-connect-timeout=20s", "-rpc-timeout=20s")
        self.assertEqual((asked.returncode, asked.stderr), (0, "status: SERVING\n"))
        self.assertIn("svc.shop.internal", self.names.asked)

    def test_says_which_name_there_is_not(self):
        asked = self.ask("nobody", "-connect-timeout=1s")
        self.assertEqual((asked.returncode, "look up nobody" in asked.stderr), (2, True), asked.stderr)

    def test_speaks_tls_where_there_is_no_openssl(self):
        asked = self.ask("by-file", "-tls", "-connect-timeout=2s")
        self.assertEqual((asked.returncode, "speaks no TLS" in asked.stderr), (2, True), asked.stderr)


if __name__ == "__main__":
    if INSIDE not in os.environ:
        os.execvpe("unshare", ["unshare", "--net", sys.executable, __file__], {**os.environ, INSIDE: "1"})
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    cases.main()
