"""Discovery's answers depend on who asks: networks and projects of real containers, stock clients."""

import unittest
from types import SimpleNamespace

from harness import cases
from harness.client import ClientLog
from harness.waiting import Failed, poll
from harness.yard import Yard


class Networks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("networks")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        for network in ("north", "south"):
            cls.yard.engine.docker("network", "create", network)

    def docker(self, *arguments):
        return self.yard.engine.docker(*arguments)

    def serve(self, name, service, *networks, labels=None):
        """A replica on these networks. Returns the host name that its answers carry."""
        host = self.yard.serve(name, service, labels, options=["--network", networks[0]])[:12]
        self.addCleanup(self.docker, "rm", "-f", name)
        for network in networks[1:]:
            self.docker("network", "connect", network, name)
        return host

    def call(self, name, target, network, project=None):
        """A client in a container of its own, which calls the target until the test ends."""
        xds = self.yard.daemon.xds_directory
        labels = {} if project is None else {"com.docker.compose.project": project, "com.docker.compose.service": name,
                                             "com.docker.compose.config-hash": "made-by-hand"}
        container = self.yard.run(name, labels, command=[f"--target=xds:///{target}", "--work_ms=1"],
                                  options=["--entrypoint", "/client", "--network", network, "-v", f"{xds}:{xds}:ro",
                                           "-e", f"GRPC_XDS_BOOTSTRAP={xds}/bootstrap.json"])
        self.addCleanup(self.docker, "rm", "-f", name)
        log = ClientLog(self.yard.engine, SimpleNamespace(id=container))
        self.addCleanup(log.close)
        return log

    def assert_served_by(self, log, *hosts, mark=0):
        """Exactly these replicas answer, and no call has failed since `mark`."""
        try:
            log.wait_spread(hosts, 20)
        except Failed as error:
            raise Failed(f"{error}\n{log.records()[-3:]}\n{self.yard.daemon.tail(20)}") from error
        self.assertEqual(log.failed(mark), [])

    def test_each_client_is_served_by_the_replicas_that_it_reaches_and_loses_no_call(self):
        north = self.serve("api-north", "api", "north")
        south = self.serve("api-south", "api", "south")
        both = self.serve("api-both", "api", "north", "south")
        self.yard.wait_in("api-north", "api-south", "api-both")
        logs = {"north": self.call("caller-north", "api", "north"), "south": self.call("caller-south", "api", "south")}
        self.assert_served_by(logs["north"], north, both)
        self.assert_served_by(logs["south"], south, both)
        host = self.yard.client("api")
        self.addCleanup(host.close)
        self.assert_served_by(host, north, south, both)
        # A restart through fairlead waits for the client that is told of it, and for nobody else.
        self.yard.daemon.fairlead("restart", "api-south")
        self.yard.wait_in("api-south")
        self.assert_served_by(logs["south"], south, both)
        self.assert_served_by(logs["north"], north, both)

    def test_clients_of_two_projects_reach_their_own_service_by_the_same_short_name(self):
        hosts = {project: self.serve(f"users-{project}", "users", "north", labels={"fairlead.project": project})
                 for project in ("shop", "office")}
        self.yard.wait_in("users-shop", "users-office")
        logs = {project: self.call(f"caller-{project}", "users", "north", project) for project in hosts}
        for project, log in logs.items():
            self.assert_served_by(log, hosts[project])
        across = self.call("caller-across", "users.office", "north", "shop")
        self.assert_served_by(across, hosts["office"])

    def test_a_clients_view_follows_its_networks_while_it_runs(self):
        north = self.serve("data-north", "data", "north")
        south = self.serve("data-south", "data", "south")
        self.yard.wait_in("data-north", "data-south")
        log = self.call("traveller", "data", "north")
        self.assert_served_by(log, north)
        self.docker("network", "connect", "south", "traveller")
        self.assert_served_by(log, north, south)
        self.docker("network", "disconnect", "south", "traveller")
        # A call that was under way on the network may be lost with it; the next second has none.
        log.wait_spread([north], 20)
        mark = log.mark()
        self.assert_served_by(log, north, mark=mark)
        poll("the move in the log", 5, lambda: "client has moved" in self.yard.daemon.tail(60))

    def test_a_client_that_reaches_no_replica_is_told_that_there_is_none(self):
        self.serve("lone-south", "lone", "south")
        self.yard.wait_in("lone-south")
        log = self.call("stranded", "lone", "north")
        failed = log.wait_record("a failed call", 0, 20, lambda record: record["kind"] == "failed")
        self.assertEqual(failed["code"], "UNAVAILABLE", failed)


if __name__ == "__main__":
    cases.main()
