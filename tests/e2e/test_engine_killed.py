"""The engine, or fairleadd, is killed under load and comes back: nobody who calls notices.

The engine with live-restore, three times, 20 times under FAIRLEAD_SOAK. Each time something dies
meanwhile that only a list can tell, and the daemon's inventory must equal the engine's soon after
the engine answers again. The daemon likewise, 100 times under FAIRLEAD_SOAK.
"""

import json
import os
import signal
import socket
import threading
import time

from harness import cases
from harness.waiting import poll
from harness.yard_case import YardCase

ROUNDS = 20 if "FAIRLEAD_SOAK" in os.environ else 3
CALLED = ("one", "two", "three")
RESTARTS = 100 if "FAIRLEAD_SOAK" in os.environ else 3
TRUTH_SECONDS = 2.0     # from the engine's first answer to the truth
PING = b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n"


class FirstAnswer:
    """Asks a unix socket every 5 ms, in a thread of its own; `wait` gives the moment it first answered well."""

    def __init__(self, path, seconds=30):
        self._path = path
        self._until = time.monotonic() + seconds
        self._at = None
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _answers(self):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(1)
            try:
                peer.connect(self._path)
                peer.sendall(PING)
                return b" 200 " in peer.recv(64)
            except OSError:
                return False

    def _ask(self):
        while self._at is None and time.monotonic() < self._until:
            if self._answers():
                self._at = time.monotonic()
            else:
                time.sleep(0.005)

    def wait(self):
        self._thread.join()
        assert self._at is not None, "the engine did not answer again"
        return self._at


class EngineKilled(YardCase):
    NAME = "engine-killed"
    ENGINE_OPTIONS = ["--live-restore"]

    def truth(self):
        """The engine's word on the replicas: id and whether it runs, by name."""
        names = self.docker("ps", "-a", "--filter", "label=fairlead.enable", "--format", "{{.Names}}").split()
        facts = json.loads(self.docker("inspect", *names))
        return {fact["Name"].lstrip("/"): (fact["Id"], fact["State"]["Running"]) for fact in facts}

    def picture(self):
        """Ours of the same."""
        return {replica["containerName"]: (replica["containerId"], replica["presence"] == "running")
                for replica in self.yard.daemon.replicas()}

    def kill_engine_and_victim(self):
        """Returns how long after the engine's first answer our picture was the truth, in seconds."""
        victim, pids = self.yard.state("victim")["Pid"], [self.yard.state(name)["Pid"] for name in CALLED]
        self.yard.engine.shut_down(signal.SIGKILL)
        self.yard.daemon.wait_phase("stale", 3)
        os.kill(victim, signal.SIGKILL)
        answer = FirstAnswer(self.yard.engine.endpoint.removeprefix("unix://"))
        starter = threading.Thread(target=self.yard.engine.start_again, args=["--live-restore"])
        starter.start()
        answered = answer.wait()
        victim_id = self.victim_id
        poll("the death meanwhile to be seen", 20, lambda: (
            self.yard.daemon.phase() == "serving" and self.picture().get("victim") == (victim_id, False)), 0.02)
        seconds = time.monotonic() - answered
        starter.join()
        self.assertEqual(self.picture(), self.truth())
        self.assertEqual([self.yard.state(name)["Pid"] for name in CALLED], pids)
        return seconds

    def call(self):
        """Three replicas, and a client that calls all of them."""
        self.serve(*CALLED)
        self.yard.wait_in(*CALLED)
        client = self.yard.client()
        self.addCleanup(client.close)
        client.wait_spread({self.yard.engine.inspect(name)["Config"]["Hostname"] for name in CALLED}, 15)
        return client

    def test_f18_who_calls_does_not_notice_that_we_are_killed_and_begin_anew(self):
        client = self.call()
        mark = client.mark()
        for number in range(RESTARTS):
            self.yard.daemon.kill()
            self.yard.daemon.start()
            if number % 10 == 0:
                client.wait_second()
        self.yard.wait_in(*CALLED)
        client.wait_second()
        failed, seconds = client.failed(mark), client.records(mark, "second")
        calls = sum(replica["calls"] for second in seconds for replica in second["replicas"].values())
        print(f"{RESTARTS} restarts of the daemon: {calls} calls, {len(failed)} failed", flush=True)
        self.assertEqual(failed, [])
        self.assertGreater(calls, 0)
        left = [event for event in self.yard.daemon.events(self.began)
                if event["kind"] == "rotation-changed" and event["code"] != "in" and "starting" not in event["code"]]
        self.assertEqual(left, [])
        self.assert_no_act()

    def test_nobody_who_calls_notices_nothing_is_done_and_the_truth_is_known_within_2_s(self):
        client = self.call()
        took, mark = [], client.mark()
        for _ in range(ROUNDS):
            self.victim_id = self.yard.serve("victim", service="idle")
            self.yard.wait_in("victim")
            took.append(self.kill_engine_and_victim())
            self.docker("rm", "-f", "victim")
        failed, seconds = client.failed(mark), client.records(mark, "second")
        calls = sum(replica["calls"] for second in seconds for replica in second["replicas"].values())
        print(f"{ROUNDS} times: {calls} calls, {len(failed)} failed; the truth {min(took):.2f} to {max(took):.2f} s "
              f"after the engine's first answer (median {sorted(took)[len(took) // 2]:.2f})", flush=True)
        self.assertEqual(failed, [])
        self.assertGreater(calls, 0)
        self.assert_no_act()
        self.assertLessEqual(max(took), TRUTH_SECONDS)


if __name__ == "__main__":
    cases.main()
