"""Whose container it is and whose act it was, on a real engine: what fairlead leaves alone."""

from harness import cases
from harness.waiting import poll
from harness.yard_case import YardCase

# Short enough to be seen within a test; the budget is what is tested, not the waiting.
SOON = {"fairlead.repair.backoff": "1s", "fairlead.repair.max-restarts": "2"}


class HandsOff(YardCase):
    NAME = "hands-off"

    def wait_decided(self):
        """Waits until fairlead judged a death that came after now: so it judged all before it too."""
        self.serve("witness", image="busybox", command=["false"], labels=SOON)
        self.yard.wait_replica("witness", "started again", lambda r: r and r["restartsInWindow"] >= 1)

    def test_containers_without_good_labels_are_never_touched(self):
        sick = ["--health-cmd=false", "--health-interval=1s", "--health-retries=1"]
        for name, command, options in (("killed", ["sleep", "600"], []), ("crashed", ["false"], []),
                                       ("sick", ["sleep", "600"], sick),
                                       ("mislabelled", ["false"], ["--label=fairlead.enable=true"])):
            self.yard.run(name, image="busybox", command=command, options=options)
            self.addCleanup(self.docker, "rm", "-f", name)
        self.docker("kill", "killed")
        poll("docker to find it sick", 15, lambda: self.yard.state("sick")["Health"]["Status"] == "unhealthy", 0.1)
        began = self.yard.state("sick")["StartedAt"]
        self.wait_decided()
        for name, status in (("killed", "exited"), ("crashed", "exited"), ("sick", "running"), ("mislabelled", "exited")):
            self.assertIsNone(self.yard.replica(name))
            self.assertEqual(self.yard.state(name)["Status"], status, name)
        self.assertEqual(self.yard.state("sick")["StartedAt"], began)
        self.assertNotIn("sick", self.yard.daemon.fairlead("status"))

    def test_what_a_person_stops_kills_or_pauses_stays_so_until_a_person_starts_it(self):
        acts = {"stopped": (["stop", "-t", "2"], "exited"), "killed-one": (["kill"], "exited"),
                "held": (["pause"], "paused")}
        for name in acts:
            self.serve(name)
        self.yard.wait_in(*acts)
        for name, (act, status) in acts.items():
            self.docker(*act, name)
            self.yard.wait_out(name, status)
        self.wait_decided()
        for name, (_, status) in acts.items():
            replica = self.yard.replica(name)
            self.assertEqual((replica["outReason"], replica["restartsInWindow"]), (status, 0))
            self.assertEqual(self.yard.state(name)["Status"], status)
        self.docker("start", "stopped")
        self.docker("unpause", "held")
        self.yard.wait_in("stopped", "held")

    def test_what_a_person_removes_is_gone(self):
        self.serve("removed")
        self.yard.wait_in("removed")
        self.docker("rm", "-f", "removed")
        self.yard.wait_replica("removed", "gone", lambda replica: replica is None)

    def test_bad_labels_are_told_with_a_hint_and_the_container_is_not_managed(self):
        self.yard.run("badly-labelled", {"fairlead.enable": "true", "fairlead.service": "api.shop",
                                         "fairlead.helth.interval": "1s"}, image="busybox", command=["false"])
        self.addCleanup(self.docker, "rm", "-f", "badly-labelled")
        status = poll("the diagnostic", 10, lambda: (
            lambda text: text if "badly-labelled" in text else None)(self.yard.daemon.fairlead("status")), 0.1)
        for part in ("label-bad-name", "hint: write e.g. api-shop", "fairlead.health.interval"):
            self.assertIn(part, status)
        self.assertIsNone(self.yard.replica("badly-labelled"))

    def test_a_crash_loop_is_started_again_within_its_budget_and_then_given_up(self):
        self.serve("looping", image="busybox", command=["sh", "-c", "exit 7"], labels=SOON)
        replica = self.yard.wait_replica("looping", "given up",
                                         lambda r: r and r["repair"].startswith("gave-up"), 25)
        self.assertEqual((replica["repair"], replica["restartsInWindow"]), ("gave-up(max-restarts)", 2))
        self.assertIn("gave-up(max-restarts)", self.yard.daemon.fairlead("replicas"))
        told = self.yard.events_of(replica)
        self.assertEqual([event["code"] for event in told if event["kind"] == "act-permitted"], ["start", "start"])
        self.assertTrue(any(event["code"] == "crash(7)" for event in told))

    def test_a_container_that_finished_is_only_reported(self):
        self.serve("finished", image="busybox", command=["true"])
        self.yard.wait_out("finished", "exited")
        self.wait_decided()
        replica = self.yard.replica("finished")
        codes = [event["code"] for event in self.yard.events_of(replica)]
        self.assertIn("finished", codes)
        self.assertEqual((replica["restartsInWindow"], self.yard.state("finished")["Status"]), (0, "exited"))

    def restart_daemon(self, settings):
        self.yard.daemon.stop()
        self.yard.daemon.settings = settings
        self.yard.daemon.start()

    def test_a_host_that_only_observes_records_what_it_would_do_and_touches_nothing(self):
        self.addCleanup(self.restart_daemon, self.yard.daemon.settings)
        self.restart_daemon({"policy": {"observe_only": True}})
        self.serve("looping", image="busybox", command=["sh", "-c", "exit 7"], labels=SOON)
        replica = self.yard.wait_replica("looping", "judged", lambda r: r and "observe" in r["repair"])
        self.assertEqual((self.yard.state("looping")["Status"], replica["restartsInWindow"]), ("exited", 0))
        told = self.yard.events_of(replica)
        self.assertEqual([event for event in told if event["kind"] == "act-permitted"], [])
        self.assertTrue(any(event["code"] == "crash(7)" for event in told))


if __name__ == "__main__":
    cases.main()
