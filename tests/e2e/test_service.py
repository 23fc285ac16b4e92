"""The package, and the daemon as a service of a host: a real systemd runs the unit, an engine runs beside it, and
clients and replicas are containers that notice nothing of its stops, upgrades and rollbacks."""

import sys
import unittest
from pathlib import Path

from harness import cases, paths
from harness.client import ClientLog
from harness.compose import Compose
from harness.daemon import Daemon
from harness.systemd_host import SYSTEMD, SystemdHost
from harness.waiting import poll, run

UNIT = "fairleadd.service"
XDS = "/run/fairlead/xds"
CAPABILITIES = {0: "CAP_CHOWN", 7: "CAP_SETUID", 12: "CAP_NET_ADMIN", 19: "CAP_SYS_PTRACE", 21: "CAP_SYS_ADMIN",
                23: "CAP_SYS_NICE"}
NETWORK_USER = "65530"
# Of which the part that talks to the network keeps none: others have what enters containers' networks and gives keys
# away, and its priority is raised at its start.
KEPT = set()


class ServiceDaemon(Daemon):
    """The daemon as the package's unit."""

    def __init__(self, host):
        super().__init__(host.engine, Path("/run/fairlead"))
        self._host = host

    def launch(self, *_):
        self._host.run("systemctl", "start", UNIT)

    def stop(self, seconds=20):
        self._host.run("systemctl", "stop", UNIT, seconds=seconds)

    def tail(self, count=15):
        return self._host.run("journalctl", "-u", UNIT, "-n", str(count), "-o", "cat", "--no-pager")

    def show(self, key):
        return self._host.run("systemctl", "show", "-p", key, "--value", UNIT).strip()


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(SYSTEMD, "./dev setup --engines")
        cases.need(paths.COMPOSE2, "./dev setup --clients")
        cls.host = SystemdHost("service")
        cls.addClassCleanup(cls.host.stop)
        cls.host.start()
        cls.packages = {version: cls.make_package(version) for version in ("0.1.0+1", "0.1.0+2")}
        cls.host.run("mkdir", "-p", "/etc/fairlead")
        cls.host.run("sh", "-c", f"echo '{{\"engine\": {{\"endpoint\": \"{cls.host.engine.endpoint}\"}}}}' >/etc/fairlead/config.json")
        cls.daemon = ServiceDaemon(cls.host)
        cls.host.engine.start("--live-restore")
        cls.host.engine.build_demo_image()

    @classmethod
    def make_package(cls, version):
        out = cls.host.directory / "engine" / f"package-{version}"
        run([sys.executable, paths.DEPLOY / "package.py", paths.BUILD, out, "--version", version], 120)
        package, = out.glob("*.deb")
        return f"{cls.host.engine.directory}/{out.name}/{package.name}"

    def install(self, version):
        self.host.run("dpkg", "-i", self.packages[version], seconds=120)
        self.assertEqual(self.host.run("dpkg-query", "-W", "-f", "${Version}", "fairlead"), version)

    def folder(self):
        """What clients have mounted: the same one has the same number."""
        return self.host.run("stat", "-c", "%d %i", XDS)

    def wait_in(self, count):
        self.daemon.wait_phase("serving")
        poll(f"{count} replicas in rotation", 30, lambda: self.daemon.in_rotation("user-service") == count, every=0.1)

    def lives(self):
        return {each.id: self.host.engine.inspect(each.id)["State"]["StartedAt"]
                for each in self.project.containers("user-service")}

    def assert_runs_as_the_unit_says(self):
        main = self.daemon.show("MainPID")
        for field, numbers in (("CapBnd", set(CAPABILITIES)), ("CapEff", KEPT)):
            held = int(self.host.status(main)[field], 16)
            self.assertEqual({number for number in range(64) if held >> number & 1}, numbers, field)
        self.assertEqual((self.host.status(main)["NoNewPrivs"], self.host.status(main)["Uid"].split()), ("1", [NETWORK_USER] * 4))
        status = self.daemon.query("status")[0]
        self.assertEqual((status["cutOff"], status["deathSignalsOff"]), ("", ""))
        self.assertIn("pidfd", status["deathSignals"])

    def kill_and_wait(self, container):
        state = self.host.engine.inspect(container.id)["State"]
        self.host.run("kill", "-KILL", str(state["Pid"]))

        def is_new():
            now = self.host.engine.inspect(container.id)["State"]
            return now["Running"] and now["StartedAt"] != state["StartedAt"]
        poll("the repair", 30, is_new, every=0.1)

    def test_clients_notice_nothing_of_its_start_stop_upgrade_and_rollback(self):
        self.install("0.1.0+1")
        # Installing starts nothing, and makes the folder and the file that clients mount.
        self.assertEqual(self.daemon.show("ActiveState"), "inactive")
        self.assertIn("xds_servers", self.host.run("cat", f"{XDS}/bootstrap.json"))
        self.host.run("systemd-analyze", "verify", UNIT)
        folder = self.folder()

        # A client is there first.
        self.project = Compose(self.host.engine, "one-service", paths.MANIFESTS / "one-service/compose.yaml",
                               [str(paths.COMPOSE2)], {"FAIRLEAD_XDS_DIR": XDS})
        self.addCleanup(self.project.down)
        self.project.up()
        log = ClientLog(self.host.engine, self.project.containers("client")[0])
        self.addCleanup(log.close)
        log.wait_record("a call without the daemon", 0, 20, lambda record: record["kind"] == "failed")
        self.host.run("systemctl", "enable", "--now", UNIT)
        self.wait_in(3)
        hosts = [each.host for each in self.project.containers("user-service")]
        log.wait_spread(hosts, 30)
        self.assert_runs_as_the_unit_says()
        mark = log.mark()

        self.kill_and_wait(self.project.containers("user-service")[0])
        self.wait_in(3)
        log.wait_spread(hosts, 30)

        # A newer package, the former again, and a crash.
        lives = self.lives()
        for act in (lambda: self.install("0.1.0+2"), lambda: self.install("0.1.0+1"),
                    lambda: self.host.run("systemctl", "kill", "-s", "KILL", UNIT)):
            before = self.daemon.show("MainPID")
            act()
            poll("another process", 20, lambda: self.daemon.show("MainPID") not in (before, "0"), every=0.1)
            self.wait_in(3)
            log.wait_spread(hosts, 30)

        # It stops, and is started again.
        self.daemon.stop()
        self.assertEqual((self.daemon.show("ActiveState"), self.daemon.show("Result")), ("inactive", "success"))
        log.wait_spread(hosts, 30)
        self.daemon.start()
        self.wait_in(3)
        self.assertEqual((log.failed(mark), self.lives(), self.folder()), ([], lives, folder))

        # It goes with its package.
        self.host.run("dpkg", "-r", "fairlead")
        self.assertEqual(self.host.run("sh", "-c", f"systemctl is-active {UNIT} || true").strip(), "inactive")
        log.wait_spread(hosts, 30)
        self.assertEqual((log.failed(mark), self.lives()), ([], lives))


if __name__ == "__main__":
    cases.main()
