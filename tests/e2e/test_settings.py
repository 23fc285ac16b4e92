"""The configuration in force with the origin of each value, reloads by SIGHUP, and the log's level while the daemon runs.

No engine is needed: the daemon waits for one that never comes.
"""

import json
import os
import shutil
import signal
import subprocess
import unittest

from harness import cases, paths
from harness.folder import new_folder
from harness.http import Http
from harness.waiting import end_process, poll


class Settings(unittest.TestCase):
    def setUp(self):
        self.directory = new_folder("fairlead-settings-", "/var/tmp")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.admin = f"unix:{self.directory}/admin/admin.sock"
        self.config, self.log = self.directory / "config.json", self.directory / "log"
        self.write()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [paths.FAIRLEADD, "--config", self.config, f"--admin.listen={self.admin}", f"--state_dir={self.directory}/state"],
                env={**os.environ, "FAIRLEAD_HTTP_LISTEN": f"unix:{self.directory}/http.sock"}, stderr=log)
        self.addCleanup(end_process, self.process, 10)
        poll("HTTP to listen", 30, lambda: "HTTP listens" in self.log.read_text(), 0.05)

    def write(self, **keys):
        config = {"engine": {"endpoint": f"unix://{self.directory}/no-engine.sock"},
                  "discovery": {"listen": [f"unix:{self.directory}/xds/xds.sock"]},
                  "webhooks": [{"url": "https://hooks.example/T0K3N?key=T0K3N", "events": ["act-finished"]}], **keys}
        self.config.write_text(json.dumps(config, indent=2) + "\n")

    def ask(self, *words):
        done = subprocess.run([paths.FAIRLEAD, "--admin", self.admin, *words], capture_output=True, text=True, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def keys(self):
        code, out, err = self.ask("config", "--output", "json")
        self.assertEqual(code, 0, err)
        self.assertNotIn("T0K3N", out)
        return {key["key"]: key for key in json.loads(out)["keys"]}

    def origin(self, key):
        shown = self.keys()[key]
        return shown["value"], shown["origin"].removeprefix("CONFIG_ORIGIN_"), shown["place"]

    def reload(self, words):
        """Sends SIGHUP; returns the first new line of the log with these words."""
        before = len(self.log.read_text())
        self.process.send_signal(signal.SIGHUP)
        return poll(f"the log to say {words}", 10, lambda: next(
            (line for line in self.log.read_text()[before:].splitlines() if words in line), None), 0.05)

    def test_every_value_has_its_origin_and_no_secret_is_shown(self):
        line = next(number for number, text in enumerate(self.config.read_text().splitlines(), 1) if '"endpoint"' in text)
        self.assertEqual(self.origin("engine.endpoint"),
                         (f"unix://{self.directory}/no-engine.sock", "FILE", f"{self.config}:{line}"))
        self.assertEqual(self.origin("admin.listen"), (self.admin, "FLAG", "--admin.listen"))
        self.assertEqual(self.origin("http.listen")[1:], ("ENVIRONMENT", "FAIRLEAD_HTTP_LISTEN"))
        self.assertEqual(self.origin("log.level"), ("info", "DEFAULT", ""))
        code, table, _ = self.ask("config")
        self.assertEqual(code, 0)
        self.assertNotIn("T0K3N", table)
        self.assertIn("https://hooks.example", self.keys()["webhooks"]["value"])
        self.assertLessEqual(max(map(len, table.splitlines())), 100)
        status, over_http = Http(self.directory / "http.sock").get("/v1/config")
        self.assertEqual((status, {key["key"]: key for key in over_http["keys"]}), (200, self.keys()))

    def test_a_reload_takes_the_log_and_tells_what_waits_for_a_restart(self):
        self.write(log={"level": "warn", "format": "json"}, policy={"observe_only": True})
        told = json.loads(self.reload("config reloaded"))
        self.assertEqual((told["message"], told["taken"], told["needs_restart"]),
                         ("config reloaded", "log.format,log.level", "policy.observe_only"))
        self.assertEqual(self.origin("log.level")[:2], ("warn", "FILE"))
        waiting = self.keys()["policy.observe_only"]
        self.assertEqual((waiting["value"], waiting["isPending"], waiting["pendingValue"]), ("false", True, "true"))
        self.assertIn("policy.observe_only waits for a restart of fairleadd: true", self.ask("config")[1])
        for line in self.log.read_text().splitlines()[-1:]:
            self.assertEqual(json.loads(line)["level"], "info", "told before such lines are left out")

    def test_a_reload_of_a_config_with_a_mistake_changes_nothing_and_says_so(self):
        self.write(log={"level": "debug"}, polcy={})
        self.assertIn("mistakes=1", self.reload("config not reloaded, the one in force stays"))
        self.assertIn("did you mean policy?", self.log.read_text())
        self.assertEqual(self.origin("log.level"), ("info", "DEFAULT", ""))
        self.config.write_text("{")
        self.reload("config not reloaded, the one in force stays")
        self.config.unlink()
        self.reload("config not reloaded, the one in force stays")
        self.assertIsNone(self.process.poll())
        self.write()
        self.assertIn("taken=none needs_restart=none", self.reload("config reloaded"))

    def test_a_reload_takes_who_may_what_and_one_with_a_mistake_takes_nothing(self):
        self.assertEqual(self.ask("status")[0], 0)
        self.write(access={"viewers": [], "operators": [], "admins": []})
        self.assertIn("taken=access.admins,access.operators,access.viewers", self.reload("config reloaded"))
        code, _, err = self.ask("status")
        self.assertEqual(code, 1)
        self.assertIn(f"uid {os.getuid()} is nobody here", err)
        self.write(access={"admins": ["root"]})
        self.reload("config not reloaded, the one in force stays")
        self.assertEqual(self.ask("status")[0], 1, "the former rules stay")
        self.write()
        self.reload("config reloaded")
        self.assertIn(f"uid {os.getuid()}: admin here", self.ask("status")[1])

    def test_the_level_changes_by_the_command_until_a_reload(self):
        code, out, err = self.ask("log-level", "debug")
        self.assertEqual((code, out), (0, "the daemon's log tells debug and worse from now on (before: info)\n"), err)
        self.assertRegex(self.log.read_text(), r"warning log level changed from=info to=debug actor=\"uid \d+\"\n")
        self.assertEqual(self.origin("log.level"), ("debug", "OPERATOR", f"uid {os.getuid()}"))
        self.assertFalse(self.keys()["log.level"]["isPending"])
        self.assertIn("taken=log.level", self.reload("config reloaded"))
        self.assertEqual(self.origin("log.level"), ("info", "DEFAULT", ""))
        code, _, err = self.ask("log-level", "loud")
        self.assertEqual(code, 2)
        self.assertIn("debug|info|warn|error", err)


if __name__ == "__main__":
    cases.main()
