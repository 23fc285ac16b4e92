#!/usr/bin/env python3
"""fairlead-probe as it ships: fits into an image that holds nothing else."""

import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import cases, paths

PROBE = paths.BUILD / "daemon" / "fairlead-probe"
BYTES_MAX = 7_000_000
LOADS_INTERPRETER, DYNAMIC = 3, 3  # PT_INTERP; ET_DYN: position-independent


class Probe(unittest.TestCase):
    def test_is_static_position_independent_and_small(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = Path(folder) / "fairlead-probe"
            subprocess.run(["strip", "-o", stripped, PROBE], check=True)
            image = stripped.read_bytes()
        kind, = struct.unpack_from("<H", image, 16)
        table, = struct.unpack_from("<Q", image, 32)
        size, count = struct.unpack_from("<HH", image, 54)
        segments = [struct.unpack_from("<I", image, table + size * number)[0] for number in range(count)]
        self.assertEqual(kind, DYNAMIC)
        self.assertNotIn(LOADS_INTERPRETER, segments)
        self.assertLessEqual(len(image), BYTES_MAX)

    def test_runs_where_there_is_nothing_else(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(PROBE, folder)
            (Path(folder) / "etc").mkdir()
            (Path(folder) / "etc" / "hosts").write_text("127.0.0.1 by-name\n")
            ask = lambda *flags: subprocess.run(  # noqa: E731
                ["chroot", folder, "/fairlead-probe", *flags], capture_output=True, text=True, check=False)
            self.assertEqual(ask("-version").returncode, 0)
            # TCPMUX: nobody listens there. The name is found, else the words were others.
            asked = ask("-addr=by-name:1", "-connect-timeout=300ms")
            self.assertEqual((asked.returncode, "Connection refused" in asked.stderr), (2, True), asked.stderr)
            asked = ask("-addr=by-name:1", "-tls", "-connect-timeout=300ms")
            self.assertEqual((asked.returncode, "Connection refused" in asked.stderr), (2, True), asked.stderr)


if __name__ == "__main__":
    cases.main()
