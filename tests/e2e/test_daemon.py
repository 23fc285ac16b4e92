"""fairleadd from outside: how it starts without an engine or with a strange one, refuses, and stops."""

import json
import os
import re
import shutil
import signal
import time
import unittest
from pathlib import Path

from harness import cases, paths, scripted_engine
from harness.daemon import Daemon
from harness.scripted_engine import HostOnly, ScriptedEngine
from harness.waiting import Failed, poll, run
from harness.yard import Yard

STOP_SECONDS = 5
MEMORY_MAX_KIB = 128 << 10
DRAIN_SECONDS = 10  # fairlead.drain.timeout, by default
NETWORK_USER = "65530"
# The daemon's other processes, and all that each may: CHOWN 0, DAC_OVERRIDE 1, DAC_READ_SEARCH 2, NET_ADMIN 12, SYS_PTRACE 19,
# SYS_ADMIN 21.
OTHERS = {"fl-actuator": {1, 2}, "fl-namespaces": {12, 19, 21}, "fl-authority": {0, 1},
          "fl-files": {2}}
CHECK_CAPABILITIES = {0, 1, 3, 5, 10}  # CHOWN, DAC_OVERRIDE, FOWNER, KILL, NET_BIND_SERVICE


def memory_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def status_of(pid):
    """/proc/PID/status, by field."""
    return read_status(Path(f"/proc/{pid}/status"))


def read_status(path):
    lines = path.read_text().splitlines()
    return dict((field, value.strip()) for field, _, value in (line.partition(":") for line in lines))


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kept_by(daemon):
    """The daemon's other processes, as far as they are there: name to its number and its keeper's."""
    found = {}
    for keeper in children_of(daemon.process.pid):
        try:
            found.update((status_of(child)["Name"], (child, keeper)) for child in children_of(keeper))
        except OSError:
            pass  # it ends at this moment
    return found


def actuator_of(daemon):
    """The process that asks the engine."""
    return kept_by(daemon).get("fl-actuator", (None, None))[0]


def namespaces_of(daemon):
    """The process that enters containers' networks."""
    return kept_by(daemon).get("fl-namespaces", (None, None))[0]


def capabilities_in(status):
    held = int(status["CapEff"], 16)
    return {number for number in range(64) if held >> number & 1}


def capabilities_of(pid):
    return capabilities_in(status_of(pid))


def wait_status(daemon, *words):
    """Waits until `fairlead status` says all the words. Returns what it said."""
    def said():
        text = "".join(daemon.ask("status")[1:])
        return text if all(word in text for word in words) else None
    try:
        return poll(f"status to say {words}", 15, said, 0.1)
    except Failed as error:
        raise Failed(f"{error}\n{daemon.ask('status')}\n{daemon.tail()}") from error


class BadConfig(unittest.TestCase):
    def setUp(self):
        directory = Path("/var/tmp/fairlead-e2e-config")
        directory.mkdir(exist_ok=True)
        self.addCleanup(shutil.rmtree, directory)
        self.file = directory / "config.json"

    def fairleadd(self, *flags, config=None):
        if config is not None:
            self.file.write_text(config)
            flags = ("--config", self.file, *flags)
        done = run([paths.FAIRLEADD, *flags], 10, {}, is_checked=False)
        return done.returncode, done.stdout, done.stderr

    def test_all_problems_of_a_file_are_told_at_once(self):
        wrong = json.dumps({"polcy": {}, "policy": {"max_concurrent_repairs": 0}, "log": {"level": "loud"},
                            "defaults": {"health.interval": "fast"}})
        for flags in ([], ["--check-config"]):
            code, out, err = self.fairleadd(*flags, config=wrong)
            self.assertEqual((code, out), (2, ""))
            for path in ("polcy", "policy.max_concurrent_repairs", "log.level", "defaults.health.interval"):
                self.assertIn(path, err)

    def test_a_good_config_is_called_valid_and_nothing_is_started(self):
        code, out, err = self.fairleadd("--check-config", config='{"log": {"level": "debug"}} // comment')
        self.assertEqual((code, out, err), (0, "config is valid\n", ""))

    def test_bad_flags_are_told_with_what_to_do(self):
        for flags, words in ((["--nonsense=1"], "nonsense"), (["--log.levl=debug"], "log.level"),
                             (["serve"], "serve"), (["--config", "/nowhere/config.json"], "/nowhere/config.json")):
            code, out, err = self.fairleadd(*flags, "--check-config")
            self.assertEqual((code, out), (2, ""), (flags, err))
            self.assertIn(words, err)

    def test_help_and_version_go_to_stdout(self):
        for flag, words in (("--help", "usage: fairleadd"), ("--version", "fairleadd ")):
            code, out, err = self.fairleadd(flag)
            self.assertEqual((code, err), (0, ""))
            self.assertIn(words, out)


class StrangeEngines(unittest.TestCase):
    def setUp(self):
        self.directory = Path(f"/var/tmp/fairlead-e2e-daemon-{self._testMethodName[:24]}")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.socket = self.directory / "engine.sock"
        self.daemon = Daemon(HostOnly(f"unix://{self.socket}"), self.directory / "run")
        self.daemon.settings = {"discovery": {"listen": [f"unix://{self.daemon.xds_directory}/xds.sock"]}}
        self.addCleanup(self.daemon.stop)

    def endure(self, script, words):
        """fairleadd against such an engine: says so in status and log, stays small, stops cleanly."""
        engine = ScriptedEngine(self.socket, script)
        self.addCleanup(engine.close)
        self.daemon.launch()
        wait_status(self.daemon, *words)
        poll("the engine to be asked again", 15, lambda: engine.connections >= 2)
        self.assertIsNone(self.daemon.process.poll(), self.daemon.tail())
        self.assertLess(memory_kib(self.daemon.process.pid), MEMORY_MAX_KIB)
        for word in words:
            self.assertIn(word, self.daemon.tail(1000))
        self.assertLess(engine.connections, 100)
        began = time.monotonic()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, STOP_SECONDS)

    def test_an_engine_that_answers_rubbish(self):
        self.endure(scripted_engine.rubbish, ["waiting for the engine", "bad version"])

    def test_an_engine_whose_answer_never_ends(self):
        self.endure(scripted_engine.endless_head, ["waiting for the engine", "header over its limit"])

    def test_an_engine_that_is_too_old(self):
        self.endure(scripted_engine.too_old, ["the engine speaks 1.24, fairlead needs 1.40 or newer", "upgrade the engine"])

    def test_an_engine_that_accepts_and_never_answers(self):
        self.endure(scripted_engine.silent, ["waiting for the engine", "no complete answer in time"])


class Lifecycle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("daemon")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()

    def fairleadd(self, *flags):
        """A second daemon with the same config, except for the flags. Returns exit code and its log."""
        command = [paths.FAIRLEADD, "--config", self.yard.daemon.directory / "config.json", *flags]
        done = run(self.yard.engine.inside(command), 10, is_checked=False)
        return done.returncode, done.stderr

    def test_sigterm_leaves_containers_and_clients_as_they_are(self):
        names = ["one", "two"]
        for name in names:
            self.yard.serve(name)
            self.addCleanup(self.yard.engine.docker, "rm", "-f", name)
        self.yard.wait_in(*names)
        pids = [self.yard.state(name)["Pid"] for name in names]
        client = self.yard.client()
        self.addCleanup(client.close)
        hosts = [self.yard.engine.inspect(name)["Config"]["Hostname"] for name in names]
        client.wait_spread(hosts, 10)
        mark, began = client.mark(), time.monotonic()
        self.assertEqual(self.yard.daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, STOP_SECONDS)
        client.wait_spread(hosts, 5)
        self.assertEqual([self.yard.state(name)["Pid"] for name in names], pids)
        self.assertTrue((self.yard.daemon.xds_directory / "bootstrap.json").exists())
        code, _, err = self.yard.daemon.ask("status")
        self.assertEqual(code, 3)
        self.assertIn("is fairleadd running", err)
        self.yard.daemon.start()
        self.yard.wait_in(*names)
        self.assertEqual(client.failed(mark), [])

    def connected_to_the_engine(self):
        """The processes that hold a connection to the engine's socket."""
        rows = [line.split() for line in run(self.yard.engine.inside(["ss", "-xnpH"])).splitlines()]
        theirs = {row[7] for row in rows if row[4].endswith("docker.sock") and row[1] == "ESTAB"}
        return {int(pid) for row in rows if row[5] in theirs for pid in re.findall(r"pid=(\d+)", " ".join(row[8:]))}

    def test_the_process_on_the_network_can_neither_reach_the_engine_nor_win_rights(self):
        daemon = self.yard.daemon
        network, others = daemon.process.pid, {name: pids[0] for name, pids in kept_by(daemon).items()}
        self.assertEqual(others.keys(), OTHERS.keys())
        for status in map(status_of, (network, *others.values())):
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), status["Name"])
        for name, may in OTHERS.items():
            self.assertEqual(capabilities_of(others[name]), may, name)
            self.assertEqual(status_of(others[name])["Threads"], "1", name)
        self.assertRegex(Path(f"/proc/{others['fl-authority']}/limits").read_text(), r"Max core file size +0 +0 ")
        self.assertEqual(status_of(network)["Uid"].split(), [NETWORK_USER] * 4)
        self.assertEqual(capabilities_of(network), {10})  # ports below 1024
        connected = self.connected_to_the_engine()
        self.assertEqual({others["fl-actuator"]}, {network, *others.values()} & connected)
        listening = run(self.yard.engine.inside(["ss", "-xtunlpH"]))
        self.assertIn(f"pid={network},", listening)
        for name, pid in others.items():
            self.assertNotIn(f"pid={pid},", listening, name)

    def test_the_actuators_death_is_a_reconnect(self):
        names = ["one", "two"]
        for name in names:
            self.yard.serve(name)
            self.addCleanup(self.yard.engine.docker, "rm", "-f", name)
        self.yard.wait_in(*names)
        client = self.yard.client()
        self.addCleanup(client.close)
        client.wait_spread([self.yard.engine.inspect(name)["Config"]["Hostname"] for name in names], 10)
        mark, daemon, first = client.mark(), self.yard.daemon, actuator_of(self.yard.daemon)
        os.kill(first, signal.SIGKILL)
        poll("another actuator", 5, lambda: actuator_of(daemon) not in (None, first))
        poll("the loss to be told", 5, lambda: "another takes its place" in daemon.tail(1000))
        daemon.wait_phase("serving")
        # An act, and the events of what it did, by way of the new one.
        before = self.yard.state("one")["Pid"]
        daemon.fairlead("restart", self.yard.replica("one")["displayName"])
        self.yard.wait_in(*names)
        self.assertNotEqual(self.yard.state("one")["Pid"], before)
        self.assertEqual(client.failed(mark), [])

    def test_another_takes_the_place_of_the_process_that_enters_networks(self):
        self.yard.serve("one")
        self.addCleanup(self.yard.engine.docker, "rm", "-f", "one")
        self.yard.wait_in("one")
        daemon, first = self.yard.daemon, namespaces_of(self.yard.daemon)
        os.kill(first, signal.SIGKILL)
        poll("another one", 5, lambda: namespaces_of(daemon) not in (None, first))
        poll("the loss to be told", 5, lambda: "enters containers' networks has ended" in daemon.tail(1000))
        # A drain that ends by what the kernel tells of callers, and not by its time, has been looked at from inside.
        before, began = self.yard.state("one")["Pid"], time.monotonic()
        daemon.fairlead("restart", self.yard.replica("one")["displayName"], "--force", "--reason", "test")
        self.yard.wait_in("one")
        self.assertNotEqual(self.yard.state("one")["Pid"], before)
        self.assertLess(time.monotonic() - began, DRAIN_SECONDS)
        self.assertEqual(daemon.query("status")[0].get("cutOff", ""), "")

    def other_daemon(self, name):
        daemon = Daemon(self.yard.engine, self.yard.directory / name, {"discovery": {"listen": []}, "http": {"listen": []}})
        daemon.settings["discovery"]["listen"] = [f"unix://{daemon.xds_directory}/xds.sock"]
        self.addCleanup(daemon.stop)
        return daemon

    def processes_of(self, daemon):
        poll("its processes", 5, lambda: kept_by(daemon).keys() == OTHERS.keys())
        return [pid for pair in kept_by(daemon).values() for pid in pair]

    def wait_gone(self, pids):
        poll("its processes to end", 5, lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))

    def test_no_process_of_ours_outlives_the_daemon(self):
        daemon = self.other_daemon("ends")
        for end in (daemon.kill, daemon.stop):
            daemon.start()
            ours = self.processes_of(daemon)
            self.assertEqual(len(ours), 2 * len(OTHERS))
            end()
            self.wait_gone(ours)

    def test_without_a_keeper_the_daemon_ends_and_says_so(self):
        daemon = self.other_daemon("keepers")
        for name in OTHERS:
            daemon.start()
            ours = self.processes_of(daemon)
            os.kill(kept_by(daemon)[name][1], signal.SIGKILL)
            self.assertEqual(daemon.process.wait(STOP_SECONDS), 1)
            self.wait_gone(ours)
            last = [line for line in daemon.tail(50).splitlines() if "together with its keeper" in line][-1]
            self.assertIn(name, last)
            self.assertIn("start fairleadd again", last)

    def test_files_of_others_are_written_by_a_process_of_their_own(self):
        daemon = self.other_daemon("sinks")
        folder = self.yard.directory / "lists"
        folder.mkdir()
        output, checked = folder / "up.conf", folder / "checked"
        check = ["/bin/sh", "-c", f"cp /proc/self/status {checked}", "{file}"]
        daemon.settings["file_sinks"] = [{"output": str(output), "validate": check}]
        daemon.start()
        poll("the file", 10, output.exists)
        text, first = output.read_text(), kept_by(daemon)["fl-sinks"][0]
        # It has what the check takes, which has the same; and neither an engine's nor a network's socket.
        for status in (status_of(first), read_status(checked)):
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"), status["Name"])
            self.assertEqual(capabilities_in(status), CHECK_CAPABILITIES, status["Name"])
        self.assertNotIn(first, self.connected_to_the_engine())
        self.assertNotIn(f"pid={first},", run(self.yard.engine.inside(["ss", "-xtunlpH"])))
        os.kill(first, signal.SIGKILL)
        output.write_text("mine")
        poll("another one", 5, lambda: kept_by(daemon).get("fl-sinks", (first,))[0] != first)
        poll("the file as it was", 15, lambda: output.read_text() == text)
        self.assertIn("writes files of lists has ended", daemon.tail(1000))
        self.assertEqual(daemon.query("status")[0]["fileSinks"][0].get("trouble", ""), "")
        os.kill(kept_by(daemon)["fl-sinks"][1], signal.SIGKILL)
        self.assertEqual(daemon.process.wait(STOP_SECONDS), 1)
        last = [line for line in daemon.tail(50).splitlines() if "together with its keeper" in line][-1]
        self.assertIn("fl-sinks", last)

    def test_an_engine_that_comes_late_is_waited_for(self):
        late = self.yard.directory / "late.sock"
        daemon = Daemon(self.yard.engine, self.yard.directory / "late",
                        {"engine": {"endpoint": f"unix://{late}"}, "discovery": {"listen": []},
                         "http": {"listen": []}})
        daemon.settings["discovery"]["listen"] = [f"unix://{daemon.xds_directory}/xds.sock"]
        self.addCleanup(daemon.stop)
        daemon.launch()
        text = wait_status(daemon, "configured", "waiting for the engine", "No such file")
        self.assertIn("not reached yet", text)
        late.symlink_to(self.yard.directory / "docker.sock")
        daemon.wait_phase("serving")
        self.assertIn("20.10", daemon.fairlead("status"))

    def test_a_second_daemon_is_refused_whatever_it_shares(self):
        other = self.yard.directory / "second"
        elsewhere = [f"--state_dir={other}/state", f"--discovery.listen=unix:{other}/xds/xds.sock"]
        for flags, words in (([], "uses this state_dir"), (elsewhere[:1], "xds.sock: another process serves"),
                             (elsewhere, "admin.sock: another process serves")):
            code, log = self.fairleadd(*flags)
            self.assertEqual(code, 1, log)
            self.assertIn(words, log)
        self.assertEqual(self.yard.daemon.phase(), "serving")


if __name__ == "__main__":
    cases.main()
