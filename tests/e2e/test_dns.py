"""The name server, asked by dig, from a container, and by stock gRPC clients that know no xDS."""

import json
import threading
import time
import unittest

from harness import cases, paths
from harness.waiting import poll, run
from harness.yard_case import YardCase

LOCAL = "127.0.0.1:5353"
GATEWAY = "172.31.255.1"  # of the default bridge (tests/support/private-engine)
NAME = "api.default.fairlead"


class Dns(YardCase):
    NAME = "dns"

    @classmethod
    def settings(cls, yard):
        # The bridge's address is there before the daemon is, as the engine is; its port is DNS' own.
        return {"dns": {"listen": [LOCAL, f"{GATEWAY}:53"]}}

    @classmethod
    def setUpClass(cls):
        cases.need(paths.DIG, "./dev setup")
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        super().setUpClass()

    def dig(self, *words):
        host, port = LOCAL.split(":")
        return run(self.yard.engine.inside([paths.DIG, f"@{host}", "-p", port, "+tries=1", *words]), 20)

    def addresses(self):
        return set(self.dig("+short", NAME, "A").split())

    def ips(self, *names):
        return {self.yard.replica(name)["address"].split(":")[0] for name in names}

    def wait_told(self, *names):
        """Waits until exactly these are told."""
        wanted = self.ips(*names)
        poll(f"{names} over DNS", 5, lambda: self.addresses() == wanted)

    def hosts(self, *names):
        return {self.yard.engine.inspect(name)["Config"]["Hostname"] for name in names}

    def call(self, *flags):
        target = f"dns://{LOCAL}/{NAME}:50051"
        command = [paths.CLIENTS / "python", paths.CALLS, target, "--policy=round_robin",
                   "--resolve-ms=500", *flags]
        return json.loads(run(self.yard.engine.inside(command), 120, self.yard.engine.environment))

    def test_replicas_are_told_while_they_are_in_rotation(self):
        self.serve("dns-one", "dns-two")
        self.yard.wait_in("dns-one", "dns-two")
        self.wait_told("dns-one", "dns-two")
        self.serve("dns-three")
        self.yard.wait_in("dns-three")
        self.wait_told("dns-one", "dns-two", "dns-three")
        ports = self.dig("+short", f"_grpc._tcp.{NAME}", "SRV").splitlines()
        self.assertEqual([line.split()[:3] for line in ports], [["0", "100", "50051"]] * 3)
        self.docker("kill", "dns-one")
        self.yard.wait_replica("dns-one", "out", lambda r: not r or not r["inRotation"])
        self.wait_told("dns-two", "dns-three")
        self.docker("kill", "dns-two", "dns-three")
        poll("nobody over DNS", 5, lambda: not self.addresses())
        self.assertIn("status: NOERROR", self.dig(NAME, "A"))
        self.assertIn("status: NXDOMAIN", self.dig("web.default.fairlead", "A"))

    def test_a_stock_grpc_client_uses_all_and_moves_on_when_one_dies(self):
        names = ("dns-api-1", "dns-api-2", "dns-api-3")
        self.serve(*names[:2])
        self.yard.wait_in(*names[:2])
        self.wait_told(*names[:2])
        told = []
        caller = threading.Thread(target=lambda: told.append(self.call("--seconds=10", "--replicas=2")))
        caller.start()
        self.serve(names[2])
        self.yard.wait_in(names[2])
        self.wait_told(*names)
        # A connection that breaks is what makes such a client ask again.
        self.docker("kill", names[0])
        self.yard.wait_replica(names[0], "out", lambda r: not r or not r["inRotation"])
        self.wait_told(*names[1:])
        caller.join()
        self.assertEqual(set(told[0]["replicas"]), self.hosts(*names))
        # Calls on their way to a process that is killed have nobody who would try them again.
        self.assertLessEqual(len(told[0]["failures"]), 1, told[0]["failures"])

    def test_a_container_is_told_what_it_reaches(self):
        self.docker("network", "create", "dns-apart")
        self.addCleanup(self.docker, "network", "rm", "dns-apart")
        self.serve("dns-near")
        self.serve("dns-far", options=("--network", "dns-apart"))
        self.yard.wait_in("dns-near", "dns-far")

        def ask(*options):
            return self.docker("run", "--rm", *options, "busybox:latest", "nslookup", "-type=a", f"{NAME}.", GATEWAY)
        networks = {name: next(iter(self.yard.engine.inspect(name)["NetworkSettings"]["Networks"].values()))
                    for name in ("dns-near", "dns-far")}
        near, far = networks["dns-near"]["IPAddress"], networks["dns-far"]["IPAddress"]
        said = ask()
        self.assertIn(near, said)
        self.assertNotIn(far, said)
        said = ask("--network", "dns-apart")
        self.assertIn(far, said)
        self.assertNotIn(near, said)

    def test_a_drain_waits_until_the_last_answer_has_expired(self):
        self.serve("dns-kept", "dns-drained")
        self.yard.wait_in("dns-kept", "dns-drained")
        self.wait_told("dns-kept", "dns-drained")
        asked = time.monotonic()
        self.assertEqual(len(self.addresses()), 2)
        self.yard.daemon.fairlead("drain", self.yard.replica("dns-drained")["displayName"])
        self.assertGreaterEqual(time.monotonic() - asked, 2)
        self.wait_told("dns-kept")

    def test_after_a_restart_of_the_daemon_nothing_is_said_before_it_is_known(self):
        self.serve("dns-again")
        self.yard.wait_in("dns-again")
        self.yard.daemon.kill()
        self.yard.daemon.launch()
        said = []

        def is_back():
            done = run(self.yard.engine.inside([paths.DIG, "@127.0.0.1", "-p", "5353", "+tries=1", "+time=1",
                                                NAME, "A"]), 20, is_checked=False)
            said.append(next((code for code in ("NOERROR", "SERVFAIL") if f"status: {code}" in done.stdout), "none"))
            return said[-1] == "NOERROR"
        poll("an answer", 20, is_back, every=0.01)
        self.assertLessEqual(set(said), {"none", "SERVFAIL", "NOERROR"})
        told = self.addresses()
        self.yard.wait_in("dns-again")  # reports follow what is told (kReportsRefresh)
        self.assertEqual(told, self.ips("dns-again"))


if __name__ == "__main__":
    cases.main()
