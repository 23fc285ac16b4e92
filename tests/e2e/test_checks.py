"""How the daemon's own checks reach replicas on every kind of network, and what a caller on the host is told."""

import unittest

from harness import cases
from harness.waiting import Failed, poll, run
from harness.yard import Yard

LAN = "10.77.0"  # a wire of its own inside the engine's network namespace


class Checks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("checks")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        cls.yard.engine.make_busybox_image()

    def docker(self, *arguments):
        return self.yard.engine.docker(*arguments).strip()

    def ip(self, *arguments):
        """`ip ARGUMENTS` in the engine's network."""
        return run(self.yard.engine.inside(["ip", *arguments]), 10)

    def network(self, name, *options):
        self.docker("network", "create", *options, name)
        self.addCleanup(self.docker, "network", "rm", name)

    def serve(self, name, *options, labels=None, **more):
        """A replica of a service that is named like it."""
        self.yard.serve(name, service=name, labels=labels, options=list(options), **more)
        self.addCleanup(self.docker, "rm", "-f", name)

    def address(self, name, network, family="IPAddress"):
        return self.yard.engine.inspect(name)["NetworkSettings"]["Networks"][network][family]

    def wait_called(self, service, container=None):
        """Waits until a stock client on the host was answered by the service's one replica."""
        client = self.yard.client(service)
        try:
            host = self.yard.engine.inspect(container or service)["Config"]["Hostname"]
            client.wait_spread([host], 15)
        finally:
            client.close()

    def endpoints(self, service):
        """How many replicas the host is told about, by the daemon's word."""
        return self.yard.daemon.in_rotation(service)

    def make_lan(self):
        """A wire with an address of the host's in its subnet, as a network card has it."""
        try:
            self.ip("link", "add", "lan0", "type", "veth", "peer", "name", "lan0-end")
            self.ip("link", "add", "link", "lan0", "name", "probe0", "type", "macvlan")
            self.ip("link", "del", "probe0")
        except Failed as error:
            self.skipTest(f"this kernel has no macvlan: {error}")
        self.addCleanup(self.ip, "link", "del", "lan0")
        self.ip("addr", "add", f"{LAN}.1/24", "dev", "lan0")
        self.ip("link", "set", "lan0", "up")
        self.ip("link", "set", "lan0-end", "up")

    def test_a_replica_on_macvlan_is_asked_from_inside_its_namespace(self):
        self.make_lan()
        self.network("lan", "-d", "macvlan", "--subnet", f"{LAN}.0/24", "-o", "parent=lan0")
        self.serve("on-lan", "--network=lan", "--ip", f"{LAN}.9")
        self.yard.wait_in("on-lan")
        self.assertEqual(self.yard.replica("on-lan")["address"], f"{LAN}.9:50051")
        self.assertNotIn("on-lan", self.yard.daemon.fairlead("status"))

    def test_a_drain_does_not_take_the_checks_from_inside_for_callers(self):
        self.make_lan()
        self.network("lan", "-d", "macvlan", "--subnet", f"{LAN}.0/24", "-o", "parent=lan0")
        self.serve("quiet", "--network=lan", labels={"fairlead.drain.timeout": "60s"})
        self.yard.wait_in("quiet")
        name = self.yard.replica("quiet")["displayName"]
        self.yard.daemon.fairlead("restart", name, seconds=30)
        self.yard.wait_in("quiet")

    def test_a_server_that_listens_on_loopback_only_is_refused_from_inside(self):
        self.make_lan()
        self.network("lan", "-d", "macvlan", "--subnet", f"{LAN}.0/24", "-o", "parent=lan0")
        self.serve("inward", "--network=lan", image="busybox", labels={"fairlead.health.protocol": "tcp"},
                   command=["httpd", "-f", "-p", "127.0.0.1:50051"])
        self.yard.wait_replica("inward", "refused", lambda r: r and "refused" in r["readiness"], 15)

    def test_an_internal_network_is_reached_by_the_host(self):
        self.network("closed", "--internal")
        self.serve("internal", "--network=closed")
        self.yard.wait_in("internal")
        self.wait_called("internal")

    def test_a_bridge_without_an_address_of_the_hosts_is_asked_from_inside(self):
        self.network("cut", "--internal", "-o", "com.docker.network.bridge.name=br-cut")
        self.ip("addr", "flush", "dev", "br-cut")
        self.serve("cut-off", "--network=cut")
        self.yard.wait_in("cut-off")

    def test_an_ipv6_only_network(self):
        self.network("six", "--ipv6", "--subnet", "fd00:77::/64", "-o", "com.docker.network.bridge.name=br-six")
        self.serve("on-six", "--network=six")
        self.yard.wait_in("on-six")
        # This engine always gives an IPv4 address too; without the bridge's, only IPv6 is left.
        self.ip("-4", "addr", "flush", "dev", "br-six")
        self.docker("restart", "-t", "1", "on-six")
        self.yard.wait_in("on-six")

    def test_the_hosts_own_network(self):
        self.serve("on-host", "--network=host")
        self.yard.wait_in("on-host")
        self.assertEqual(self.yard.replica("on-host")["address"], "127.0.0.1:50051")

    def test_the_network_of_another_container_that_has_no_labels(self):
        self.network("front")
        self.yard.run("owner", image="busybox", command=["sleep", "600"], options=["--network=front"])
        self.addCleanup(self.docker, "rm", "-f", "owner")
        self.serve("sharer", "--network=container:owner")
        self.yard.wait_in("sharer")
        self.assertEqual(self.yard.replica("sharer")["address"], self.address("owner", "front") + ":50051")
        self.wait_called("sharer", "owner")

    def test_networks_come_and_go_while_it_runs(self):
        self.network("n-one")
        self.network("n-two")
        self.serve("mobile", "--network=n-one")
        self.yard.wait_in("mobile")
        self.docker("network", "connect", "n-two", "mobile")
        second = self.address("mobile", "n-two")
        self.docker("network", "disconnect", "n-one", "mobile")
        self.yard.wait_replica("mobile", "asked at its other address",
                               lambda r: r and r["inRotation"] and r["address"] == f"{second}:50051")
        self.wait_called("mobile")
        codes = [event["code"] for event in self.yard.events_of(self.yard.replica("mobile"))]
        self.assertEqual([code for code in codes if code.startswith("out(") and code != "out(starting)"], [])
        self.docker("network", "disconnect", "n-two", "mobile")
        self.yard.wait_out("mobile", "no-shared-network")
        self.docker("network", "connect", "n-one", "mobile")
        self.yard.wait_in("mobile")


class Hidden(unittest.TestCase):
    """A daemon that cannot enter namespaces."""

    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("checks-hidden")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open(start_daemon=False)
        engine = cls.yard.engine
        cls.yard.engine.docker("network", "create", "--internal", "-o", "com.docker.network.bridge.name=br-cut", "cut")
        run(engine.inside(["ip", "addr", "flush", "dev", "br-cut"]), 10)
        spawn = engine.spawn
        engine.spawn = lambda command, **options: spawn(
            ["setpriv", "--bounding-set", "-sys_admin,-sys_ptrace", *command], **options)
        cls.yard.daemon.start()
        engine.spawn = spawn

    def docker(self, *arguments):
        return self.yard.engine.docker(*arguments).strip()

    def test_without_a_way_nothing_is_held_against_the_replica_and_the_reason_is_told(self):
        self.yard.serve("unseen", service="unseen", options=["--network=cut"])
        self.addCleanup(self.docker, "rm", "-f", "unseen")
        status = poll("the diagnostic", 10, lambda: (
            lambda text: text if "check-no-way" in text else None)(self.yard.daemon.fairlead("status")), 0.1)
        self.assertIn("SYS_", status)
        replica = self.yard.wait_replica("unseen", "asked in vain",
                                         lambda r: r and "NO_ROUTE" in str(r).upper().replace("-", "_"))
        self.assertEqual((replica["readiness"], replica["restartsInWindow"]), ("unknown", 0))


if __name__ == "__main__":
    cases.main()
