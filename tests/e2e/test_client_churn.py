"""Stock clients call while everything around them changes: half a minute, ten minutes under FAIRLEAD_SOAK.

C-core 1.51, grpcio 1.85, grpc-js and Envoy 1.40, then Envoy by increments; 50 calls a second each. Meanwhile
the service is scaled, its replicas restarted, drained, evicted and NOT_SERVING, fairleadd killed, and there are
clients of discovery that read nothing. No call fails, no client refuses anything or ends, and afterwards
calls are spread within 10 %. And the calls of a service with a standby move there and back.
"""

import json
import os
import subprocess
import threading
import time
import unittest

from harness import cases, paths
from harness.raw_h2 import RawCall
from harness.waiting import Failed, end_process, poll, run
from harness.yard import Yard
from test_hostile_clients import STREAM, request

SECONDS = 600 if os.environ.get("FAIRLEAD_SOAK") else 30
REST_SECONDS = 4  # after the last act: a client may take a second or two to call all again
SETTLED_SECONDS = 8
RATE = 50
LISTENER = "127.0.0.1:10000"
SERVICE = "api.default"
NAMES = ("one", "two", "three")
LABELS = {"fairlead.retry.attempts": "5", "fairlead.retry.backoff": "300ms..2s"}
STALLED = 20


class Caller(threading.Thread):
    """A client process that tells at its end, as JSON, who answered."""

    def __init__(self, name, engine, command, environment):
        super().__init__(name=name)
        self._command, self._environment = engine.inside([str(word) for word in command]), environment
        self.told, self.error = None, None

    def run(self):
        try:
            self.told = json.loads(run(self._command, SECONDS + 240, self._environment))
        except (Failed, ValueError) as error:
            self.error = error


class ClientChurn(unittest.TestCase):
    def setUp(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        cases.need(paths.NODE_CLIENTS, "./dev setup --clients")
        self.yard = Yard("client-churn", {"envoy": {"listeners": [{"name": "test", "address": LISTENER}]}})
        self.addCleanup(self.yard.close)
        self.yard.open()
        for name in NAMES:
            self.serve(name)
        self.yard.wait_in(*NAMES)
        self.settled = self.yard.directory / "settled"
        self.stalled = []
        self.addCleanup(self.close_stalled)

    def serve(self, name, service="api", labels=None):
        self.yard.serve(name, service, labels={**LABELS, **(labels or {})})

    def command(self, *words):
        self.yard.daemon.fairlead(*words, "--reason", "churn", seconds=90)

    def display_name(self, name):
        return self.yard.replica(name)["displayName"]

    # --- what changes ----------------------------------------------------------------------------
    def scale(self):
        self.serve("four")
        self.yard.wait_in("four")
        self.yard.engine.docker("stop", "four")
        self.yard.engine.docker("rm", "four")

    def restart(self):
        self.command("restart", self.display_name(NAMES[0]))
        self.yard.wait_in(*NAMES)

    def drain(self):
        name = self.display_name(NAMES[1])
        self.command("drain", name)
        self.yard.wait_out(NAMES[1], "operator-drained")
        self.command("undrain", name)
        self.yard.wait_in(*NAMES)

    def evict(self):
        name = self.display_name(NAMES[2])
        self.command("evict", name)
        poll("it to be stopped", 30, lambda: self.yard.state(NAMES[2])["Status"] == "exited", 0.2)
        self.yard.engine.docker("start", NAMES[2])
        self.command("undrain", name)
        self.yard.wait_in(*NAMES)

    def not_serving(self):
        self.yard.engine.docker("exec", NAMES[0], "/user_service", "--set-serving=false")
        self.yard.wait_out(NAMES[0], "not-serving")
        self.yard.engine.docker("exec", NAMES[0], "/user_service", "--set-serving=true")
        self.yard.wait_in(*NAMES)

    def kill_daemon(self):
        self.yard.daemon.kill()
        self.yard.daemon.start()
        self.yard.wait_in(*NAMES)

    def stall(self):
        """Neighbours that ask and then read nothing; the former ones go."""
        self.close_stalled()
        for _ in range(STALLED):
            call = RawCall(self.yard.daemon.xds_directory / "xds.sock", STREAM)
            call.send(request(["api"]))
            self.stalled.append(call)

    def close_stalled(self):
        while self.stalled:
            self.stalled.pop().close()

    def churn(self, until, check):
        """All acts in turn until it is time. Returns how often each was done."""
        acts = (self.stall, self.scale, self.restart, self.drain, self.evict, self.not_serving, self.kill_daemon)
        done = 0
        while time.monotonic() < until or done < len(acts):
            acts[done % len(acts)]()
            check()
            done += 1
        return done

    # --- who calls -------------------------------------------------------------------------------
    def start_envoy(self, is_delta):
        bootstrap = self.yard.directory / "envoy.json"
        text = self.yard.daemon.fairlead("bootstrap", "envoy")
        # Discovery, then load reports, which have one form.
        bootstrap.write_text(text.replace('"GRPC"', '"DELTA_GRPC"', 1) if is_delta else text)
        log = self.enterContext((self.yard.directory / "envoy.log").open("w"))
        process = self.yard.engine.spawn([paths.ENVOY, "-c", bootstrap, "--use-dynamic-base-id", "--concurrency", "1"],
                                         stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)
        return process

    def caller(self, name, *words):
        environment = {**self.yard.engine.environment, "NODE_PATH": str(paths.NODE_CLIENTS),
                       "GRPC_XDS_BOOTSTRAP": str(self.yard.daemon.xds_directory / "bootstrap.json")}
        caller = Caller(name, self.yard.engine, [*words, f"--rate={RATE}", f"--settled={self.settled}",
                                                 f"--settled-seconds={SETTLED_SECONDS}"], environment)
        caller.start()
        self.addCleanup(caller.join)
        self.addCleanup(self.settled.touch)
        return caller

    def by_grpcio(self, name, target, *words):
        return self.caller(name, paths.CLIENTS / "python", paths.CALLS, target, "--calls=0", *words)

    def assert_no_refusals(self):
        for client in self.yard.daemon.query("clients")[0]["clients"]:
            for asked in client["resources"]:
                self.assertIsNone(asked.get("refusal"), client)

    def host(self, name):
        return self.yard.engine.inspect(name)["Config"]["Hostname"]

    def assert_spread(self, name, counts):
        hosts = {self.host(replica) for replica in NAMES}
        self.assertEqual(set(counts), hosts, name)
        share = sum(counts.values()) / len(hosts)
        for host, calls in counts.items():
            self.assertAlmostEqual(calls, share, delta=share / 10, msg=f"{name}: {counts}")

    def call_through(self, envoy, callers, cpp=None):
        until = time.monotonic() + SECONDS - REST_SECONDS - SETTLED_SECONDS

        def check():
            self.assert_no_refusals()
            self.assertIsNone(envoy.poll(), "Envoy has ended")
            for caller in callers:
                self.assertIsNone(caller.error, caller.name)
        acts = self.churn(until, check)
        time.sleep(REST_SECONDS)
        self.settled.touch()
        for caller in callers:
            caller.join()
            self.assertIsNone(caller.error, caller.name)
            self.assertEqual(caller.told["failures"], [], caller.name)
            self.assert_spread(caller.name, caller.told["settled"])
            print(f"{caller.name}: {sum(caller.told['replicas'].values())} calls, none failed, {acts} acts", flush=True)
        self.assertNotIn(" rejected: ", (self.yard.directory / "envoy.log").read_text(errors="replace"))
        self.assert_no_refusals()
        if cpp:
            self.assertEqual(cpp.failed(), [])
            mark = cpp.mark()
            time.sleep(SETTLED_SECONDS)
            counts = {}
            for second in cpp.records(mark, "second"):
                for host, replica in second["replicas"].items():
                    counts[host] = counts.get(host, 0) + replica["calls"]
            self.assert_spread("C-core 1.51", counts)

    def test_grpc_clients_and_envoy(self):
        envoy = self.start_envoy(is_delta=False)
        cpp = self.yard.client("api", f"--rate={RATE}", "--work_ms=5", "--deadline_ms=20000")
        self.addCleanup(cpp.close)
        self.call_through(envoy, [self.by_grpcio("grpcio 1.85", "xds:///api"),
                                  self.caller("grpc-js", paths.NODE, paths.CALLS_JS, "xds:///api"),
                                  self.by_grpcio("Envoy", LISTENER, f"--authority={SERVICE}")], cpp)

    def test_envoy_by_increments(self):
        envoy = self.start_envoy(is_delta=True)
        self.call_through(envoy, [self.by_grpcio("Envoy by increments", LISTENER, f"--authority={SERVICE}")])

    # --- a standby -------------------------------------------------------------------------------
    def pairs(self):
        """What is shown of the service's replicas, by priority."""
        shown = [replica for replica in self.yard.daemon.replicas() if replica["displayName"].startswith("pair.")]
        return [(one["inRotation"], one.get("isStandby", False)) for one in sorted(shown, key=lambda r: r.get("priority", 0))]

    def assert_takes_the_calls(self, name, cpp, others):
        """The C++ client has had a second in which this one answered alone; so have the others by then, who are
        told at the same time and have no more to do."""
        cpp.wait_spread([self.host(name)], 15)
        for caller in others:
            self.assertIsNone(caller.error, caller.name)

    def test_a_standby_takes_the_calls_over_and_gives_them_back(self):
        envoy = self.start_envoy(is_delta=False)
        self.serve("active", "pair")
        self.serve("spare", "pair", {"fairlead.priority": "1"})
        self.yard.wait_in("active", "spare")
        self.assertEqual(self.pairs(), [(True, False), (True, True)])
        cpp = self.yard.client("pair", f"--rate={RATE}", "--work_ms=5", "--deadline_ms=20000")
        self.addCleanup(cpp.close)
        others = [self.by_grpcio("grpcio 1.85", "xds:///pair"),
                  self.caller("grpc-js", paths.NODE, paths.CALLS_JS, "xds:///pair"),
                  self.by_grpcio("Envoy", LISTENER, "--authority=pair.default")]
        self.assert_takes_the_calls("active", cpp, others)

        self.yard.engine.docker("exec", "active", "/user_service", "--set-serving=false")
        self.assert_takes_the_calls("spare", cpp, others)
        self.assertEqual(self.pairs(), [(False, False), (True, False)])
        self.yard.engine.docker("exec", "active", "/user_service", "--set-serving=true")
        self.assert_takes_the_calls("active", cpp, others)

        self.yard.engine.docker("kill", "active")
        self.assert_takes_the_calls("spare", cpp, others)
        self.yard.engine.docker("start", "active")
        self.yard.wait_in("active")
        self.assert_takes_the_calls("active", cpp, others)
        self.command("restart", self.display_name("active"))
        self.yard.wait_in("active")
        self.assert_takes_the_calls("active", cpp, others)

        self.assertEqual(self.pairs(), [(True, False), (True, True)])
        explained = self.yard.daemon.fairlead("explain", self.display_name("spare"))
        self.assertIn("in (standby)", explained)
        self.assertIn("stands by: priority 1, 1 replica of priority 0 takes the calls", " ".join(explained.split()))
        time.sleep(1)  # for the last one of them to have begun anew
        self.settled.touch()
        for caller in others:
            caller.join()
            self.assertIsNone(caller.error, caller.name)
            self.assertEqual(caller.told["failures"], [], caller.name)
            self.assertEqual(set(caller.told["replicas"]), {self.host("active"), self.host("spare")}, caller.name)
            self.assertEqual(set(caller.told["settled"]), {self.host("active")}, caller.name)
            print(f"{caller.name}: {caller.told['replicas']}, none failed", flush=True)
        self.assertEqual(cpp.failed(), [])
        self.assertIsNone(envoy.poll(), "Envoy has ended")
        self.assertNotIn(" rejected: ", (self.yard.directory / "envoy.log").read_text(errors="replace"))
        self.assert_no_refusals()


if __name__ == "__main__":
    cases.main()
