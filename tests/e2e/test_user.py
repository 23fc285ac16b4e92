"""Who the part of the daemon that talks to the network is, and who goes on with what it has written."""

import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from harness import cases, paths
from harness.authority import Authority
from harness.folder import new_folder
from harness.waiting import end_process, poll, run

NETWORK_USER = 65530
# Root as in a container with `cap_drop: [ALL]`.
WITHOUT_RIGHTS = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]


class User(unittest.TestCase):
    def setUp(self):
        self.folder = new_folder("fairlead-user-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        authority = Authority(self.folder / "authority", "root")
        crt, key = authority.issue("own", "IP:127.0.0.1")
        os.chmod(key, 0o600)
        os.chmod(self.folder / "authority", 0o700)  # nobody but root gets in
        self.config = self.folder / "config.json"
        self.write({"tls_profiles": {"own": {"cert": str(crt), "key": str(key)}}, "http": {"listen": ["127.0.0.1:0"], "tls": "own"}})

    def write(self, settings):
        self.config.write_text(json.dumps({
            "engine": {"endpoint": f"unix://{self.folder}/no-engine.sock"}, "state_dir": str(self.folder / "state"),
            "discovery": {"listen": [f"unix:{self.folder}/xds/xds.sock"]},
            "admin": {"listen": [f"unix:{self.folder}/admin/admin.sock"]}, **settings}))
        os.chmod(self.config, 0o600)

    def launch(self, *flags, state="state", before=()):
        log = self.folder / "log"
        with log.open("w") as file:
            daemon = subprocess.Popen([*before, paths.FAIRLEADD, "--config", self.config, f"--state_dir={self.folder}/{state}", *flags],
                                      stdout=file, stderr=file)
        self.addCleanup(end_process, daemon, 10)
        poll("the API, or the end", 15, lambda: "HTTP listens" in log.read_text() or daemon.poll() is not None)
        return daemon, log

    def assert_serves(self, daemon, user):
        self.assertIsNone(daemon.poll(), (self.folder / "log").read_text())
        status = Path(f"/proc/{daemon.pid}/status").read_text()
        self.assertIn(f"Uid:\t{user}\t{user}\t{user}\t{user}\n", status)
        command = [*WITHOUT_RIGHTS, paths.FAIRLEAD, "--admin", f"unix:{self.folder}/admin/admin.sock"]
        self.assertIn("waiting for the engine", run([*command, "status"], 10, is_checked=False).stdout)
        # It reads the token of HTTP, which acts.
        self.assertIn("#token=", run([*command, "dashboard"], 10))

    def test_roots_keys_and_config_are_read_and_read_again(self):
        daemon, log = self.launch()
        self.assert_serves(daemon, NETWORK_USER)
        self.assertIn("address=https://", log.read_text())
        os.kill(daemon.pid, signal.SIGHUP)
        poll("the config to be read", 10, lambda: "config reloaded" in log.read_text())

    def test_each_goes_on_with_what_another_has_written(self):
        # Last as root without a right, which cannot have anything back and reads it by its group.
        for flags, before, user in (([], [], NETWORK_USER), (["--user=root"], [], 0), ([], [], NETWORK_USER),
                                    (["--user=4711"], [], 4711), ([], WITHOUT_RIGHTS, 0), ([], [], NETWORK_USER)):
            with self.subTest(flags=flags, before=before):
                daemon, log = self.launch(*flags, before=before)
                self.assert_serves(daemon, user)
                self.assertEqual("stays root" in log.read_text(), before != [])
                self.assertEqual(end_process(daemon, 10), 0)

    def test_who_cannot_be_that_user_stays_root_or_does_not_start(self):
        (self.folder / "closed").mkdir(mode=0o700)
        daemon, log = self.launch(state="closed/state")
        self.assert_serves(daemon, 0)
        self.assertIn("stays root", log.read_text())
        self.assertIn(f"others may not enter {self.folder}/closed; chmod o+x it", log.read_text())
        self.assertEqual(end_process(daemon, 10), 0)
        for flags, state, words in ((["--user=65530"], "closed/state", "others may not enter"),
                                    (["--user=nobody-here"], "state", "this host has none of that name")):
            daemon, log = self.launch(*flags, state=state)
            self.assertEqual(daemon.wait(5), 1)
            self.assertIn(words, log.read_text())


if __name__ == "__main__":
    cases.main()
