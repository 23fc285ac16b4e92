"""Rows of the fault table on a real engine with live-restore; 20 times each under FAIRLEAD_SOAK.

Which row is where: tests/faults/README.md. What test_whose_act.py and test_hands_off.py show is not
repeated here.
"""

import os
import signal
import subprocess

from harness import cases
from harness.rounds import in_rounds
from harness.waiting import poll
from harness.yard_case import YardCase

NAMES = ("one", "two", "three")
OBSERVED = {"fairlead.repair": "observe"}
PATIENT = {"fairlead.liveness.fall": "1000"}
RENAMES = 300        # the engine's history holds 256 events
SOCKETS_MORE = 8     # calls in flight to an engine that does not answer


class Faults(YardCase):
    NAME = "faults"
    ENGINE_OPTIONS = ["--live-restore"]

    def pids(self, *names):
        return [self.yard.state(name)["Pid"] for name in names]

    def wait_held(self, name, code):
        self.yard.wait_replica(name, f"held({code})", lambda r: r and r["repair"] == f"held({code})")

    @in_rounds
    def test_f02_f03_f12_a_death_while_the_engine_is_down_is_found_and_the_others_are_kept(self):
        self.serve(*NAMES)
        self.yard.wait_in(*NAMES)
        before, pids = os.stat(self.yard.engine.directory / "docker.sock"), self.pids(*NAMES)
        self.yard.engine.shut_down(signal.SIGKILL)
        self.yard.daemon.wait_phase("stale", 3)
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        os.kill(pids[1], signal.SIGKILL)
        self.yard.engine.start_again("--live-restore")
        self.yard.daemon.wait_phase("serving")
        after = os.stat(self.yard.engine.directory / "docker.sock")
        self.assertNotEqual((before.st_ino, before.st_ctime_ns), (after.st_ino, after.st_ctime_ns))
        self.yard.wait_out("two", "exited")
        self.yard.wait_in("one", "three")
        self.assertEqual(self.pids("one", "three"), [pids[0], pids[2]])
        self.assertEqual(self.yard.state("two")["Status"], "exited")
        self.assert_no_act()

    @in_rounds
    def test_f04_a_frozen_engine_is_noticed_nothing_is_ordered_and_checks_go_on(self):
        self.serve(*NAMES)
        self.yard.wait_in(*NAMES)
        descriptors = f"/proc/{self.yard.daemon.process.pid}/fd"
        victim = self.yard.state("two")["Pid"]
        open_before = len(os.listdir(descriptors))
        self.yard.engine.send_signal(signal.SIGSTOP)
        self.addCleanup(self.yard.engine.send_signal, signal.SIGCONT)
        self.yard.daemon.wait_phase("stale")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        os.kill(victim, signal.SIGSTOP)
        self.addCleanup(self.thaw, victim)
        self.wait_held("two", "engine-away")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 2)
        self.assertLessEqual(len(os.listdir(descriptors)) - open_before, SOCKETS_MORE)
        self.thaw(victim)
        self.yard.wait_in("two")
        self.yard.engine.send_signal(signal.SIGCONT)
        self.yard.daemon.wait_phase("serving")
        self.yard.wait_in(*NAMES)
        self.assert_no_act()

    def churn(self):
        """A death and a person's stop, and then more events than the engine keeps."""
        os.kill(self.yard.state("two")["Pid"], signal.SIGKILL)
        self.yard.engine.docker("stop", "-t", "1", "three")
        self.yard.engine.rename_often(self.noisy, RENAMES)

    def serve_beside_noise(self):
        self.noisy = self.yard.run("noisy", image="busybox", command=["sleep", "600"])
        self.addCleanup(self.yard.engine.docker, "rm", "-f", self.noisy)
        self.serve(*NAMES, labels=OBSERVED)
        self.yard.wait_in(*NAMES)

    def assert_truth_after_churn(self):
        for name in ("two", "three"):
            self.yard.wait_out(name, "exited")
        self.yard.wait_in("one")
        self.assertEqual(self.yard.daemon.in_rotation("api"), 1)
        self.assert_no_act()

    @in_rounds
    def test_f08_300_renames_and_deaths_while_we_are_frozen(self):
        self.serve_beside_noise()
        os.kill(self.yard.daemon.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.yard.daemon.process.pid, signal.SIGCONT)
        self.churn()
        os.kill(self.yard.daemon.process.pid, signal.SIGCONT)
        self.assert_truth_after_churn()

    @in_rounds
    def test_f08_300_renames_and_deaths_while_we_are_away(self):
        self.serve_beside_noise()
        self.yard.daemon.kill()
        self.churn()
        self.yard.daemon.start()
        self.assert_truth_after_churn()

    @in_rounds
    def test_f20_a_persons_stop_and_rename_while_checks_fail_are_respected(self):
        self.serve(*NAMES, labels=PATIENT)
        self.yard.wait_in(*NAMES)
        for name in ("two", "three"):
            self.freeze(name)
            self.yard.wait_replica(name, "failing", lambda r: r and r["readiness"].startswith("not-ready"))
        self.yard.engine.docker("stop", "-t", "1", "two")
        self.yard.wait_replica("two", "judged operator", lambda r: r and r.get("departure") == "operator")
        self.yard.engine.docker("rename", "three", "aside")
        self.addCleanup(self.yard.engine.docker, "rm", "-f", "aside")
        self.yard.wait_replica("aside", "seen under its new name", lambda r: r)
        self.thaw(self.yard.state("aside")["Pid"])
        self.yard.wait_in("aside", "one")
        self.assertEqual(self.yard.state("two")["Status"], "exited")
        self.yard.engine.docker("rename", "aside", "three")
        self.assert_no_act()

    @in_rounds
    def test_f25_who_runs_out_of_memory_again_and_again_is_started_as_often_as_the_budget_says(self):
        labels = {"fairlead.repair.backoff": "100ms", "fairlead.repair.max-restarts": "1"}
        self.serve("hungry", image="busybox", command=["sh", "-c", "sleep 1; exec tail /dev/zero"], labels=labels,
                   options=["--memory=8m", "--memory-swap=8m"])
        replica = self.yard.wait_replica("hungry", "given up", lambda r: r and r["repair"] == "gave-up(max-restarts)", 20)
        self.assertEqual((replica["departure"], replica["restartsInWindow"]), ("oom", 1))
        self.assertEqual(self.yard.state("hungry")["Status"], "exited")

    @in_rounds
    def test_f26_f27_lenders_of_networks_and_what_removes_itself_are_held_however_they_fail(self):
        self.serve("one", "lender")
        self.serve("passing", options=["--rm"])
        self.serve("lodger", service="lodger", image="busybox", command=["sleep", "600"],
                   options=["--network=container:lender"], labels={"fairlead.health.protocol": "none"})
        self.yard.wait_in("one", "lender", "passing", "lodger")
        pids = [self.freeze(name) for name in ("lender", "passing")]
        self.wait_held("lender", "namespace-shared")
        self.wait_held("passing", "not-managed")
        for pid in pids:
            self.thaw(pid)
        self.yard.wait_in("lender", "passing")
        self.assertEqual(self.pids("lender", "passing"), pids)
        self.assert_no_act()

    @in_rounds
    def test_f26_a_lender_with_cascade_is_repaired_and_its_lodger_is_restarted_after_it(self):
        labels = {"fairlead.repair.cascade": "true", "fairlead.repair.min-available": "0", "fairlead.drain.timeout": "500ms"}
        self.serve("one")
        self.serve("lender", labels=labels, options=["--stop-timeout=1"])
        self.serve("lodger", service="lodger", image="busybox", command=["sleep", "600"],
                   options=["--network=container:lender", "--stop-timeout=1"],
                   labels={"fairlead.health.protocol": "none", "fairlead.repair.min-available": "0"})
        self.yard.wait_in("one", "lender", "lodger")
        before = {name: self.freeze(name) if name == "lender" else self.pids(name)[0] for name in ("lender", "lodger")}
        for name, pid in before.items():
            poll(f"another life of {name}", 30, lambda name=name, pid=pid: self.pids(name)[0] not in (0, pid))
        self.yard.wait_in("lender", "lodger")
        lives = [self.yard.state(name) for name in ("lender", "lodger")]
        self.assertLess(*(life["StartedAt"] for life in lives))
        self.assertEqual(*(os.readlink(f"/proc/{life['Pid']}/ns/net") for life in lives))
        acts = [event["replica"] for event in self.yard.daemon.events(self.began) if event["kind"] == "act-permitted"]
        self.assertEqual(len(acts), 2, acts)

    def swallow(self, *names):
        """What is sent to these replicas is lost on its way, without a word. Returns what ends it."""
        self.assertTrue(self.yard.engine.is_private)  # the rules are those of its own namespace
        rules = [["OUTPUT", "-d", self.address(name), "-j", "DROP"] for name in names]

        def change(verb):
            for rule in rules:
                subprocess.run(self.yard.engine.inside(["iptables", "-w", verb, *rule]), check=True)
            if verb == "-D":
                rules.clear()

        self.addCleanup(change, "-D")
        change("-I")
        return lambda: change("-D")

    def address(self, name):
        return next(iter(self.yard.engine.inspect(name)["NetworkSettings"]["Networks"].values()))["IPAddress"]

    def told(self, kind):
        return [event for event in self.yard.daemon.events(self.began) if event["kind"] == kind]

    @in_rounds
    def test_p01_p04_a_black_hole_takes_one_out_and_of_all_nobody(self):
        self.serve(*NAMES, labels=PATIENT)
        self.yard.wait_in(*NAMES)
        end = self.swallow("two")
        self.yard.wait_replica("two", "out", lambda r: r and not r["inRotation"])
        self.yard.wait_out("two", "failing(timeout)")
        end()
        self.yard.wait_in(*NAMES)
        end = self.swallow(*NAMES)
        poll("the brake", 10, lambda: [e for e in self.told("brake-changed") if e["code"] == "on"])
        for name in NAMES:
            self.yard.wait_replica(name, "failing", lambda r: r and r["readiness"].startswith("not-ready"))
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        end()
        poll("the end of the brake", 10, lambda: [e for e in self.told("brake-changed") if e["code"] == "off"])
        self.assertEqual(self.yard.daemon.in_rotation("api"), 3)
        self.assert_no_act()

    @in_rounds
    def test_p06_when_all_say_not_serving_all_are_told_and_none_is_restarted(self):
        self.serve(*NAMES)
        self.yard.wait_in(*NAMES)
        for word in ("false", "true"):
            for name in NAMES:
                self.docker("exec", name, "/user_service", f"--set-serving={word}")
            wanted = "not-ready(not-serving)" if word == "false" else "ready"
            for name in NAMES:
                self.yard.wait_replica(name, wanted, lambda r, wanted=wanted: r and r["readiness"] == wanted)
            self.yard.wait_in(*NAMES)
        self.assert_no_act()


if __name__ == "__main__":
    cases.main()
