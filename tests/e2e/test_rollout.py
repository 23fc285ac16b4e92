"""`fairlead rollout`: the replicas of a Compose service are replaced under 200 calls a second.

The callers are a stock gRPC client without any retry policy. A good version and a bad one, a rollout
that is killed and run again, with Compose 2 and with Compose 1.29.2; ten times under FAIRLEAD_SOAK.
"""

import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from harness import cases, paths
from harness.client import HostClient
from harness.compose import Compose
from harness.daemon import Daemon
from harness.engine import Engine
from harness.waiting import Failed, end_process, poll, run

ROUNDS = 10 if "FAIRLEAD_SOAK" in os.environ else 1
SERVICE, PROJECT = "user-service", "shop"
ROLLOUT_SECONDS = 120
# What the bad version does: it serves where nobody looks.
BAD = {"LISTEN": "--listen=0.0.0.0:50099"}
FILE = """
services:
  user-service:
    image: fairlead-demo:latest
    command: ["${LISTEN:---listen=0.0.0.0:50051}"]
    environment: { VERSION: "$VERSION" }
    env_file: more.env
    stop_grace_period: 10s
    deploy: { replicas: %d }
    labels: { fairlead.enable: "true", fairlead.port: "50051", fairlead.health.interval: 500ms,
              fairlead.health.timeout: 300ms }
"""


class RolloutCase:
    """What Compose 2 and Compose 1.29.2 are both put through."""
    NAME = VERSION_LINE = COMPOSE = HOW_TO_GET = REPLICAS = None

    @classmethod
    def setUpClass(cls):
        cases.need(cls.COMPOSE, cls.HOW_TO_GET)
        cls.directory = Path("/var/tmp") / f"fairlead-e2e-{cls.NAME}"
        cls.engine = Engine(cls.directory)
        cls.daemon = Daemon(cls.engine, cls.directory / "run")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.addClassCleanup(cls.engine.stop)
        cls.addClassCleanup(cls.daemon.stop)
        cls.daemon.end_leftover()
        cls.engine.start()
        cls.engine.build_demo_image()
        cls.daemon.start()
        cls.make_project()
        cls.version = 1
        cls.client = HostClient(cls.engine, cls.bootstrap, f"xds:///{SERVICE}", "--rate=200", "--work_ms=25")
        cls.addClassCleanup(cls.client.close)

    @classmethod
    def make_project(cls):
        project = cls.directory / "project"
        project.mkdir()
        (project / "compose.yaml").write_text(cls.VERSION_LINE + FILE % cls.REPLICAS)
        (project / "more.env").write_text("MORE=1\n")
        # A client of the engine that knows Compose 2 as its plugin, or does not.
        cls.client_config = cls.directory / "docker"
        (cls.client_config / "cli-plugins").mkdir(parents=True)
        if cls.COMPOSE == paths.COMPOSE2:
            (cls.client_config / "cli-plugins" / "docker-compose").symlink_to(cls.COMPOSE)
        cls.compose = Compose(cls.engine, PROJECT, project / "compose.yaml", [cls.COMPOSE], {"VERSION": "1"})
        cls.compose.up()
        poll("all replicas in rotation", 30, lambda: cls.daemon.in_rotation(SERVICE) == cls.REPLICAS, 0.1)
        cls.bootstrap = cls.directory / "bootstrap.json"
        cls.bootstrap.write_text(cls.daemon.fairlead("bootstrap", "grpc"))

    def setUp(self):
        self.client.wait_spread(self.hosts(), 20)
        self.mark = self.client.mark()

    def hosts(self):
        return {container.host for container in self.compose.containers(SERVICE)}

    def next_version(self):
        type(self).version += 1
        self.compose.variables = {"VERSION": str(self.version)}
        return self.compose.variables

    def spawn(self, *flags, variables=None):
        """Starts a rollout; it is asked for from a directory that has nothing to do with the project."""
        command = ["env", f"DOCKER_CONFIG={self.client_config}",
                   *(f"{name}={value}" for name, value in (variables or self.compose.variables).items()),
                   paths.FAIRLEAD, "--admin", self.daemon.admin, "rollout", SERVICE, *flags]
        return self.engine.spawn(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")

    def rollout(self, *flags, variables=None):
        """A rollout to its end. Returns its exit code, stdout and stderr."""
        process = self.spawn(*flags, variables=variables)
        try:
            out, err = process.communicate(timeout=ROLLOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise Failed(f"no end of the rollout within {ROLLOUT_SECONDS} s: {process.communicate()}") from error
        print(err, flush=True)
        return process.returncode, out, err

    def versions(self):
        """VERSION of each container of the service, stopped ones too."""
        ids = self.engine.docker("ps", "-aq", "--filter", f"label=com.docker.compose.service={SERVICE}").split()
        every = [self.engine.inspect(container) for container in ids]
        return sorted(line.removeprefix("VERSION=") for each in every for line in each["Config"]["Env"]
                      if line.startswith("VERSION="))

    def assert_whole(self, version):
        """All replicas are of this version, callers are spread over exactly them, and no call failed."""
        self.assertEqual(self.versions(), [str(version)] * self.REPLICAS)
        self.client.wait_spread(self.hosts(), 20)
        self.assertEqual(self.client.failed(self.mark), [])

    def test_a_good_version_replaces_all_and_no_call_fails(self):
        for _ in range(ROUNDS):
            before = self.hosts()
            variables = self.next_version()
            code, out, err = self.rollout(variables=variables)
            self.assertEqual((code, f"{self.REPLICAS} replaced, {self.REPLICAS} up to date" in out), (0, True), out + err)
            self.assertEqual(before & self.hosts(), set())
            self.assert_whole(self.version)
        # Compose has nothing to add, and neither has another rollout.
        after = self.hosts()
        self.compose.up()
        self.assertEqual(self.hosts(), after)
        code, out, err = self.rollout("--output", "json")
        self.assertEqual((code, json.loads(out)["replaced"], self.hosts()), (0, 0, after), err)
        self.assertTrue(all(replica["intent"] == "none" for replica in self.daemon.replicas()))

    def test_a_bad_version_goes_again_and_the_old_ones_stay(self):
        before = self.hosts()
        code, out, err = self.rollout("--timeout", "4s", variables={**self.compose.variables, **BAD})
        self.assertEqual((code, out), (1, ""))
        for word in ("is not in rotation", "last check: refused", "log"):
            self.assertIn(word, err)
        self.assertEqual(self.hosts(), before)
        self.assert_whole(self.version)


class WithCompose2(RolloutCase, unittest.TestCase):
    NAME = "rollout-2"
    COMPOSE, HOW_TO_GET = paths.COMPOSE2, "./dev setup --all"
    VERSION_LINE, REPLICAS = "", 5

    def test_killed_in_the_middle_and_run_again_it_ends_in_the_same_state(self):
        for number in range(ROUNDS):
            variables = self.next_version()
            # Twice: at one moment of the first replica, and later by Ctrl-C.
            for line, end in ((2 + number % 4, signal.SIGKILL), (4 + number % 5, signal.SIGINT)):
                process = self.spawn(variables=variables)
                told = [process.stderr.readline() for _ in range(line)]
                os.killpg(process.pid, end) if end == signal.SIGINT else process.send_signal(end)
                process.communicate(timeout=30)
                print(f"signal {end} after: {told[-1].strip()}", flush=True)
                self.assertNotEqual(process.returncode, 0, told)
            code, out, err = self.rollout(variables=variables)
            self.assertEqual(code, 0, out + err)
            self.assert_whole(self.version)
        self.assertTrue(all(replica["intent"] == "none" for replica in self.daemon.replicas()))

    def test_a_drained_replica_and_one_that_dies_meanwhile_are_replaced_too(self):
        drained, dying = self.compose.containers(SERVICE)[1:3]
        self.daemon.fairlead("drain", f"{SERVICE}.{PROJECT}/{drained.number}", "--reason", "to look at it")
        process = self.spawn(variables=self.next_version())
        poll("a line that says that one is replaced", 30, lambda: "drain, stop" in process.stderr.readline())
        os.kill(self.engine.inspect(dying.id)["State"]["Pid"], signal.SIGKILL)
        out, err = process.communicate(timeout=ROLLOUT_SECONDS)
        print(err, flush=True)
        self.assertEqual(process.returncode, 0, out + err)
        # Calls in flight on the one that died are lost; none of those after.
        self.client.wait_spread(self.hosts(), 20)
        self.mark = self.client.mark()
        self.assert_whole(self.version)
        self.assertTrue(all(replica["intent"] == "none" for replica in self.daemon.replicas()))

    def test_a_dry_run_shows_the_steps_and_changes_nothing(self):
        before = self.hosts()
        code, out, err = self.rollout("--dry-run", "--batch", "2", variables={"VERSION": "dry"})
        self.assertEqual(code, 0, err)
        self.assertEqual([line for line in out.splitlines() if line.startswith("start")],
                         ["start 2 new, 7 in all", "start 2 new, 7 in all", "start 1 new, 6 in all"])
        self.assertEqual(self.hosts(), before)
        self.assert_whole(self.version)

    def test_six_by_hand_need_a_persons_word(self):
        self.compose.run("up", "-d", "--no-recreate", "--scale", f"{SERVICE}=6", SERVICE)
        poll("six replicas in rotation", 30, lambda: self.daemon.in_rotation(SERVICE) == 6, 0.1)
        code, _, err = self.rollout(variables={"VERSION": "six"})
        self.assertEqual(code, 2)
        self.assertIn("--scale 6 or --scale 5", err)
        code, _, err = self.rollout("--scale", "5")
        self.assertEqual(code, 0, err)
        self.assert_whole(self.version)


class WithCompose1(RolloutCase, unittest.TestCase):
    NAME = "rollout-1"
    COMPOSE, HOW_TO_GET = paths.COMPOSE1, "apt-get install docker-compose"
    VERSION_LINE, REPLICAS = 'version: "3.8"', 3


if __name__ == "__main__":
    cases.main()
