"""Stock clients report how their calls go (LRS), without a line of configuration, and drains end by it where
the kernel cannot tell."""

import json
import re
import subprocess
import threading
import time
import unittest

from harness import cases, paths
from harness.daemon import seconds_since_1970
from harness.http import Http
from harness.waiting import Failed, end_process, poll, run
from harness.yard import Yard

LISTENER = "127.0.0.1:10000"
SERVICE = "api.default"
# Of calls: a report comes every two.
SECONDS = 5
# So long that a drain which waits for its time to be up is seen to.
DRAIN_SECONDS = 60
CALL_SECONDS = 7


class LoadReports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(paths.ENVOY, "./dev setup --clients")
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        cls.yard = Yard("loads")
        directory = cls.yard.directory
        cls.yard.daemon.settings = {"envoy": {"listeners": [{"name": "test", "address": LISTENER}]},
                                    "http": {"listen": [f"unix://{directory}/http/http.sock"]}}
        cls.http = Http(directory / "http" / "http.sock")
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open(start_daemon=False)
        cls.start_daemon_that_enters_no_namespace()
        cls.names = ("loads-api-1", "loads-api-2")
        for name in cls.names:
            cls.yard.serve(name, labels={"fairlead.drain.timeout": f"{DRAIN_SECONDS}s"})
        cls.yard.wait_in(*cls.names)
        cls.hosts = {cls.yard.engine.inspect(name)["Config"]["Hostname"] for name in cls.names}

    @classmethod
    def start_daemon_that_enters_no_namespace(cls):
        """So that it cannot ask the kernel who is connected to a replica."""
        engine = cls.yard.engine
        spawn = engine.spawn
        engine.spawn = lambda command, **options: spawn(
            ["setpriv", "--bounding-set", "-sys_admin,-sys_ptrace", *command], **options)
        try:
            cls.yard.daemon.start()
        finally:
            engine.spawn = spawn

    # --- what is known of calls ------------------------------------------------------------------
    def told(self, is_it):
        """What such a client told of its calls to the service since it made some, and the client; or None."""
        for client in self.yard.daemon.query("clients")[0]["clients"]:
            for asked in client["resources"]:
                self.assertIsNone(asked.get("refusal"), client)
            if is_it(client):
                for calls in client.get("calls", []):
                    if calls["service"] == SERVICE and int(calls.get("succeeded", 0)) > 0:
                        self.assertTrue(client["tellsCalls"], client)
                        self.assertEqual(int(calls.get("failed", 0)), 0, client)
                        return calls, client
        return None

    def metric(self, name, **labels):
        """The value of the service's series that has these labels."""
        status, _, text = self.http.ask("GET", "/metrics")
        self.assertEqual(status, 200, text)
        for line in text.splitlines():
            wanted = ['service="api"', *(f'{key}="{value}"' for key, value in labels.items())]
            if line.startswith(name + "{") and all(label in line for label in wanted):
                return float(line.rsplit(" ", 1)[1])
        return 0.0

    def open_calls(self):
        return self.metric("fairlead_service_calls_in_progress")

    # --- callers ---------------------------------------------------------------------------------
    def start_envoy(self):
        bootstrap = self.yard.directory / "envoy.json"
        bootstrap.write_text(self.yard.daemon.fairlead("bootstrap", "envoy"))
        log = self.enterContext((self.yard.directory / "envoy.log").open("w"))
        process = self.yard.engine.spawn([paths.ENVOY, "-c", bootstrap, "--use-dynamic-base-id", "--concurrency", "1"],
                                         stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)

    def call_with_grpcio(self, target, *flags):
        """Begins to call for a while. Returns what waits for the end, and asserts that nothing failed."""
        said = []
        environment = {**self.yard.engine.environment,
                       "GRPC_XDS_BOOTSTRAP": str(self.yard.daemon.xds_directory / "bootstrap.json")}
        command = self.yard.engine.inside([str(paths.CLIENTS / "python"), str(paths.CALLS), target,
                                           f"--seconds={SECONDS}", *flags])
        calling = threading.Thread(target=lambda: said.append(json.loads(run(command, 60, environment))))
        calling.start()
        self.addCleanup(calling.join)

        def end():
            calling.join()
            self.assertEqual(said[0]["failures"], [])
            self.assertEqual(set(said[0]["replicas"]), self.hosts)
        return end

    def test_stock_clients_and_envoy_tell_of_their_calls_unasked(self):
        self.start_envoy()
        cpp = self.yard.client()
        self.addCleanup(cpp.close)
        ends = [self.call_with_grpcio("xds:///api", "--replicas=2"),
                self.call_with_grpcio(LISTENER, f"--authority={SERVICE}")]
        agents = {
            "C-core 1.51": lambda c: c["userAgent"].startswith("gRPC C-core") and "29.0.0" in c["userAgentVersion"],
            "C-core 1.85": lambda c: c["userAgent"].startswith("gRPC C-core") and "29.0.0" not in c["userAgentVersion"],
            "Envoy": lambda c: c["userAgent"].startswith("envoy")}
        seen = {}

        def all_told():
            for agent in agents.keys() - seen.keys():
                if told := self.told(agents[agent]):
                    seen[agent] = told
            return seen if len(seen) == len(agents) else None
        try:
            poll("a report of each client", SECONDS + 6, all_told, every=0.1)
        except Failed as error:
            raise Failed(f"{error}\ntold: {sorted(seen)}\n{self.yard.daemon.query('clients')}") from error
        for agent, (calls, client) in seen.items():
            # Envoy tells replicas apart, gRPC clients do not.
            self.assertEqual(len(calls.get("endpoints", [])), 2 if agent == "Envoy" else 0, (agent, calls))
            shown = self.yard.daemon.fairlead("clients", client["name"].rsplit("/", 1)[1])
            self.assertRegex(shown, rf"calls +{re.escape(SERVICE)}, told \d+s ago\n +all of them +\d+ open; \d+ issued")
        self.assert_shown_together()
        for end in ends:
            end()
        ok = sum(int(calls["succeeded"]) for calls, _ in seen.values())
        poll("what was told to be in the metrics", 5,
             lambda: self.metric("fairlead_service_calls_total", outcome="succeeded") >= ok)
        self.assertEqual(self.metric("fairlead_service_calls_total", outcome="failed"), 0)

    def assert_shown_together(self):
        """What all of them tell, of the service and, by Envoy, of a replica."""
        service = self.yard.daemon.query("services")[0]["services"][0]
        self.assertGreaterEqual(int(service["load"]["clientCount"]), 2, service)
        self.assertGreater(service["load"]["issuedPerSecond"], 0)
        self.assertEqual(service["load"]["failedPerSecond"], 0)
        self.assertRegex(self.yard.daemon.fairlead("services"), rf"{re.escape(SERVICE)} .*/s, \d+ open +\d+s ago")
        name = self.yard.replica(self.names[0])["displayName"]
        one = self.yard.daemon.query("explain", name)[0]["replicas"][0]
        self.assertEqual(int(one["load"]["clientCount"]), 1, one)
        self.assertGreater(one["load"]["issuedPerSecond"], 0)
        self.assertLess(one["load"]["issuedPerSecond"], service["load"]["issuedPerSecond"])
        status, rest = self.http.get(f"/v1/services/{SERVICE}:explain")
        self.assertEqual(status, 200, rest)
        self.assertGreater(rest["service"]["load"]["issuedPerSecond"], 0)

    def test_a_drain_ends_when_no_call_is_open_by_what_clients_report(self):
        # Where nobody reports nothing is known, so one stays when the other has its answers.
        idle = self.yard.client("api", "--rate=1", "--work_ms=0")
        self.addCleanup(idle.close)
        busy = self.yard.client("api", "--rate=2", "--calls=2", f"--work_ms={CALL_SECONDS * 1000}",
                                f"--deadline_ms={DRAIN_SECONDS * 1000}")
        self.addCleanup(busy.close)
        poll("two open calls told", 6, lambda: self.open_calls() == 2, every=0.1)
        mark, began = idle.mark(), time.time()
        self.yard.daemon.fairlead("restart", self.yard.replica(self.names[0])["displayName"], "--reason", "a test",
                                  seconds=DRAIN_SECONDS)
        self.assertLess(time.time() - began, DRAIN_SECONDS / 2)
        total = busy.wait_record("the end of both calls", 0, 5, lambda record: record["kind"] == "total")
        self.assertEqual((total["ok"], total["failed"]), (2, 0), total)
        self.assertEqual(idle.failed(mark), [])
        restarted = seconds_since_1970(self.yard.state(self.names[0])["StartedAt"])
        self.assertGreater(restarted, total["at"], "the drain ended before the calls did")
        self.assertIn("clients report that no call is open", self.yard.daemon.log.read_text())


if __name__ == "__main__":
    cases.main()
