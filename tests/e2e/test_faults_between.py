"""Rows of the fault table that need something between fairleadd and a real engine, or fairleadd itself
to be hindered; 20 times each under FAIRLEAD_SOAK. The other rows: test_faults.py."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import cases
from harness.relay import Relay
from harness.rounds import in_rounds
from harness.waiting import Failed, poll
from harness.yard_case import YardCase

NAMES = ("one", "two", "three")
QUICK_REPAIR = {"fairlead.repair.backoff": "100ms", "fairlead.repair.backoff-max": "200ms",
                "fairlead.repair.max-restarts": "1000"}
DEAF = ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]
RENAMES = 1000
STANDSTILL_S = 5       # beyond every deadline of a check, a ping and an inspect
RELIST_S = 40          # a full list comes every 30 s +/- 20 %
STATE_DISK_BYTES = 1 << 20


class FaultsBetween(YardCase):
    NAME = "between"
    ENGINE_OPTIONS = ["--live-restore"]

    @classmethod
    def settings(cls, yard):
        cls.relay = Relay(yard.engine.directory / "docker.sock")
        cls.addClassCleanup(cls.relay.close)
        return {"engine": {"endpoint": f"unix://{cls.relay.path}"}}

    def serve_three(self, **options):
        self.serve(*NAMES, **options)
        self.yard.wait_in(*NAMES)

    def aside(self, work, *arguments):
        """Runs `work` in a thread, which is over when the test is. Returns its future."""
        threads = ThreadPoolExecutor(1)
        self.addCleanup(threads.shutdown)
        return threads.submit(work, *arguments)

    def wait_told(self, name, kind, code, seconds=20):
        """Waits for an event about the replica of this container; what was told instead is in the failure."""
        replica = self.yard.replica(name)

        def told():
            return [event for event in self.yard.events_of(replica) if event["at"] >= self.began]
        try:
            poll(f"{kind} {code} about {name}", seconds, lambda: [
                event for event in told() if event["kind"] == kind and event["code"].startswith(code)])
        except Failed as error:
            lines = "".join(f"\n{event['at'] - self.began:.3f} {event['text']}" for event in told())
            raise Failed(f"{error}{lines}\n{self.yard.daemon.tail()}") from error

    @in_rounds
    def test_f05_a_stream_that_ends_while_replicas_come_and_go_loses_nothing(self):
        self.serve_three()
        for _ in range(3):
            self.assertEqual(self.relay.end("/events"), 1)
            self.docker("stop", "-t", "1", "two")
            self.yard.wait_out("two", "exited")
            self.docker("start", "two")
            self.relay.end("/events")
            self.yard.wait_in("two")
            self.yard.daemon.wait_phase("serving")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        self.assert_no_act()

    @in_rounds
    def test_f06_a_stream_that_is_open_and_silent_is_noticed_by_the_next_list(self):
        self.serve_three()
        self.docker("stop", "-t", "1", "two")
        self.yard.wait_out("two", "exited")
        self.assertEqual(self.relay.mute("/events"), 1)
        self.addCleanup(self.relay.end, "/events")
        self.docker("start", "two")
        self.yard.wait_in("two", seconds=RELIST_S)
        self.assertGreater(int(self.yard.daemon.query("status")[0]["missedEventCount"]), 0)
        self.assert_no_act()

    @in_rounds
    def test_f07_a_flood_about_one_replica_holds_up_no_news_of_another(self):
        self.serve_three()
        self.serve("noisy", service="noisy")
        noisy = self.yard.engine.inspect("noisy")["Id"]
        self.addCleanup(self.docker, "rm", "-f", noisy)
        flood = self.aside(self.yard.engine.rename_often, noisy, RENAMES)
        self.docker("stop", "-t", "1", "two")
        self.yard.wait_out("two", "exited", seconds=3)
        self.assertFalse(flood.done(), "the flood was over too soon to show anything")
        flood.result(60)
        asked = len(self.relay.asked(noisy, "/json"))
        self.assertLess(asked, RENAMES / 5, "one inspect for nearly every event")
        self.assert_no_act()

    @in_rounds
    def test_f10_an_inspect_that_hangs_holds_up_nobody_else(self):
        self.serve_three()
        hanging = self.yard.engine.inspect("two")["Id"]
        self.relay.hang(f"/containers/{hanging}/json")
        self.addCleanup(self.relay.behave)
        asked = len(self.relay.asked(hanging, "/json"))
        self.docker("rename", "two", "aside")
        self.addCleanup(self.docker, "rm", "-f", hanging)
        poll("the inspect that hangs", 10, lambda: len(self.relay.asked(hanging, "/json")) > asked)
        self.docker("stop", "-t", "1", "three")
        self.yard.wait_out("three", "exited", seconds=3)
        self.docker("start", "three")
        self.yard.wait_in("three")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        self.relay.behave()
        self.yard.wait_replica("aside", "known by its new name", lambda r: r, seconds=30)
        self.assert_no_act()

    @in_rounds
    def test_f14_a_socket_that_is_not_there_leaves_the_list_as_it_is(self):
        self.serve_three()
        self.relay.go_away()
        self.yard.daemon.wait_phase("stale", 5)
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        status = self.yard.daemon.fairlead("status")
        self.assertIn(self.relay.path, status)
        self.relay.come_back()
        self.yard.daemon.wait_phase("serving")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        self.assert_no_act()

    @in_rounds
    def test_f16_our_own_standstill_is_nobodys_failure(self):
        self.serve_three()
        os.kill(self.yard.daemon.process.pid, signal.SIGSTOP)
        try:
            time.sleep(STANDSTILL_S)  # the fault itself: no condition ends it
        finally:
            os.kill(self.yard.daemon.process.pid, signal.SIGCONT)
        self.docker("stop", "-t", "1", "two")
        self.yard.wait_out("two", "exited")
        self.docker("start", "two")
        self.yard.wait_in("two")
        others = [self.yard.replica(name)["displayName"] for name in ("one", "three")]
        failed = [event for event in self.yard.daemon.events(self.began) if event["replica"] in others
                  and event["kind"] == "readiness-changed" and event["code"].startswith("not-ready")]
        self.assertEqual(failed, [])
        self.assert_no_act()

    @in_rounds
    def test_f22_a_restart_that_stops_and_cannot_start_is_tried_again(self):
        source = tempfile.mkdtemp(prefix="fairlead-mounted-")
        self.addCleanup(shutil.rmtree, source, ignore_errors=True)
        self.serve("one", "three")
        self.serve("two", labels=QUICK_REPAIR,
                   options=["--stop-timeout=1", "--mount", f"type=bind,src={source},dst=/mounted"])
        self.yard.wait_in(*NAMES)
        os.rmdir(source)
        self.freeze("two")
        self.wait_told("two", "act-finished", "failed")
        self.assertFalse(self.yard.state("two")["Running"])
        os.mkdir(source)
        self.yard.wait_in("two", seconds=20)
        self.wait_told("two", "act-finished", "verified")
        self.assertGreaterEqual(self.yard.replica("two")["restartsInWindow"], 1)

    @in_rounds
    def test_f23_f24_a_stop_that_takes_its_time_is_asked_once_and_waited_for(self):
        self.serve("deaf", image="busybox", command=DEAF, options=["--stop-timeout=4"],
                   labels={"fairlead.health.protocol": "none"})
        self.yard.wait_in("deaf")
        deaf = self.yard.engine.inspect("deaf")["Id"]
        pid = self.yard.state("deaf")["Pid"]
        restart = self.aside(self.yard.daemon.fairlead, "restart", "deaf", "--force", "--reason", "test")
        poll("the restart", 10, lambda: self.relay.asked("POST", deaf, "/restart"))
        for part in ("/_ping", "/json"):
            self.relay.hang(part)
        self.addCleanup(self.relay.behave)
        self.relay.end("/events")
        time.sleep(2)  # half of the stop: whoever hangs up does so when all else fails
        self.relay.behave()
        restart.result(30)
        self.yard.wait_in("deaf")
        self.assertNotEqual(self.yard.state("deaf")["Pid"], pid)
        self.assertEqual(len(self.relay.asked("POST", deaf)), 1)
        self.assertEqual(self.relay.hung_up_on, [])

    @in_rounds
    def test_f28_what_the_engine_tells_again_after_our_restart_changes_nothing(self):
        self.serve_three()
        self.docker("stop", "-t", "1", "two")
        self.docker("restart", "-t", "1", "three")
        self.yard.wait_out("two", "exited")
        self.yard.wait_in("three")
        self.yard.daemon.kill()
        self.docker("start", "two")
        self.docker("stop", "-t", "1", "one")
        self.yard.daemon.start()
        self.yard.wait_in("two", "three")
        self.yard.wait_replica("one", "stopped by a person", lambda r: r and r.get("departure") == "operator")
        self.yard.daemon.kill()
        self.yard.daemon.start()
        self.yard.wait_in("two", "three")
        self.assertEqual(self.yard.state("one")["Status"], "exited")
        self.assert_no_act()

    @in_rounds
    def test_f29_on_a_full_disk_nothing_is_done_and_everything_is_served(self):
        state = Path(self.yard.daemon.directory) / "state"
        self.yard.daemon.stop()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={STATE_DISK_BYTES}", "tmpfs", state], check=True)
        self.addCleanup(self.yard.daemon.start)
        self.addCleanup(subprocess.run, ["umount", "-l", state], check=True)
        self.addCleanup(self.yard.daemon.stop)
        self.yard.daemon.start()
        self.serve("one", "three")
        self.serve("two", labels=QUICK_REPAIR, options=["--stop-timeout=1"])
        self.yard.wait_in(*NAMES)
        subprocess.run(["dd", "if=/dev/zero", f"of={state}/ballast", "bs=4096"], stderr=subprocess.DEVNULL, check=False)
        pid = self.freeze("two")
        self.wait_told("two", "act-finished", "failed")
        self.assertEqual(self.yard.state("two")["Pid"], pid)
        self.docker("stop", "-t", "1", "three")
        self.yard.wait_out("three", "exited")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 1)
        os.unlink(state / "ballast")
        self.yard.wait_in("two", seconds=20)
        self.assertNotEqual(self.yard.state("two")["Pid"], pid)


if __name__ == "__main__":
    cases.main()
