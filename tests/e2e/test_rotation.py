"""Certificates that are replaced a thousand times while callers go on calling: each listener of the daemon has its own
files and its own manner of having them replaced, as a mount has it. No call fails."""

import json
import shutil
import subprocess
import time
import unittest

from harness import cases, paths
from harness.authority import Authority
from harness.folder import new_folder
from harness.rotation import by_rename, by_symlink, in_place
from harness.waiting import end_process, poll, run

ROTATIONS = 1000
APART = 0.025  # seconds from one to the next: with 200 calls a second and 4 on a connection, two see a pair each
PAIRS = 8
MANNERS = {"admin": by_rename, "http": in_place, "discovery": by_symlink}


class Rotation(unittest.TestCase):
    def setUp(self):
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        self.folder = new_folder("fairlead-rotation-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        authorities = [Authority(self.folder / f"authority-{number}", f"root {number}") for number in range(2)]
        self.trusted = self.folder / "ca.crt"
        self.trusted.write_text("".join(authority.ca.read_text() for authority in authorities))
        self.caller = authorities[0].issue("caller", "DNS:caller.corp")
        self.pairs = [authorities[number % 2].issue(f"own-{number}", "IP:127.0.0.1") for number in range(PAIRS)]
        for plane, replace in MANNERS.items():
            (self.folder / plane).mkdir()
            replace(self.folder / plane, self.pairs[0])
        profiles = {plane: {"cert": str(self.folder / plane / "tls.crt"), "key": str(self.folder / plane / "tls.key"),
                            "ca": str(self.trusted), "client_auth": "require"} for plane in MANNERS}
        config = {"engine": {"endpoint": f"unix://{self.folder}/no-engine.sock"}, "state_dir": str(self.folder / "state"),
                  "tls_profiles": profiles, "access": {"viewers": ["DNS:caller.corp"]},
                  **{plane: {"listen": ["127.0.0.1:0"], "tls": plane} for plane in MANNERS}}
        (self.folder / "config.json").write_text(json.dumps(config))
        self.log = self.folder / "log"
        with self.log.open("w") as log:
            daemon = subprocess.Popen([paths.FAIRLEADD, "--config", self.folder / "config.json"], stdout=log, stderr=log)
        self.addCleanup(lambda: self.assertEqual(end_process(daemon, 10), 0))
        self.addresses = {"admin": self.address("admin API listens address="), "http": self.address("HTTP listens address=https://"),
                          "discovery": self.address("discovery listens address=")}

    def address(self, words):
        def told():
            return [line.split(words)[1].split()[0].strip('"') for line in self.log.read_text().splitlines() if words in line]
        return poll(f"the log to say {words}", 20, told)[0]

    def start_calls(self, plane):
        caller = subprocess.Popen([paths.CLIENTS / "python", paths.TLS_CALLS, plane, self.addresses[plane], self.trusted,
                                   *self.caller], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(end_process, caller, 5)
        return caller

    def test_a_thousand_on_every_listener_under_200_calls_a_second_each(self):
        callers = {plane: self.start_calls(plane) for plane in MANNERS}
        began = time.monotonic()
        for number in range(ROTATIONS):
            time.sleep(max(0, began + number * APART - time.monotonic()))
            for plane, replace in MANNERS.items():
                replace(self.folder / plane, self.pairs[(number + 1) % PAIRS])
        seconds = time.monotonic() - began
        for plane, caller in callers.items():
            told = json.loads(caller.communicate(timeout=30)[0])
            print(f"{plane}: {told['calls']} calls in {seconds:.0f} s, {told['failed']} failed, "
                  f"{told['changes']} connections met another certificate than the one before")
            self.assertEqual((told["failed"], told["failures"]), (0, []), plane)
            self.assertGreater(told["calls"], 2 * ROTATIONS, plane)
            if plane != "admin":
                self.assertGreater(told["changes"], 100, plane)


if __name__ == "__main__":
    cases.main()
