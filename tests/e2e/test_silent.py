"""A replica that falls silent under load, and what its callers notice: frozen, hung, or saying NOT_SERVING.

Three replicas, 200 calls each second of 25 ms with a deadline of 5 s, retry.attempts=2, checks each
500 ms with a timeout of 300 ms, fall 3. Each act once, ten times under FAIRLEAD_SOAK; each round is
printed, also one that missed. Runs on Engine 29 with live-restore.
"""

import json
import os
import signal
import time

from harness import cases
from harness.waiting import poll
from harness.yard_case import YardCase
from show import measure

ROUNDS = 10 if "FAIRLEAD_SOAK" in os.environ else 1
NAMES = ("one", "two", "three")
LABELS = {"fairlead.health.interval": "500ms", "fairlead.health.timeout": "300ms", "fairlead.health.fall": "3",
          "fairlead.retry.attempts": "2",
          "fairlead.liveness.fall": "60"}  # what is measured is routing: nothing is restarted meanwhile
CLIENT = ("--rate=200", "--work_ms=25", "--deadline_ms=5000", "--slow_ms=100")
LEARNED_SECONDS = 11     # twenty answers of each kind, after which a target's habits are known
CUTS_APART_SECONDS = 5   # of one service
# Three times a minute a replica may leave and come back at once: each does every third round.
ROUND_SECONDS = 7
ALL_SLOW_SECONDS = 0.6   # as when an engine that comes back keeps the host busy
# The replica leaves its list within so long, and no call takes longer. A hang is noticed by the next
# check alone, and its library may have to be looked at for some 200 ms: 1.1 to 1.4 s, by the phase.
FROZEN_OUT_MS, FROZEN_SLOWEST_MS = 350, 1200
HUNG_OUT_MS, HUNG_SLOWEST_MS = 650, 1500


class Silent(YardCase):
    NAME = "silent"
    ENGINE_OPTIONS = ["--live-restore"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in NAMES:
            cls.yard.serve(name, labels=LABELS)
        cls.yard.wait_in(*NAMES)
        cls.hosts = {name: cls.yard.engine.inspect(name)["Config"]["Hostname"] for name in NAMES}
        cls.client = cls.yard.client("api", *CLIENT)
        cls.addClassCleanup(cls.client.close)
        cls.client.wait_spread(set(cls.hosts.values()), 15)
        time.sleep(LEARNED_SECONDS)

    def events(self, since, *kinds):
        return [event for event in self.yard.daemon.events(since) if event["kind"] in kinds]

    def until_whole(self):
        self.yard.wait_in(*NAMES)
        self.client.wait_spread(set(self.hosts.values()), 15)

    def told(self, act, number, victim, result, events):
        did = "; ".join(f"+{(event['at'] - result.began) * 1000:.0f} {event['code']}" +
                        (f" [{event}]" if "misconfigured" in event["code"] else "") for event in events)
        print(f"{act} {number} of {ROUNDS} ({victim}): {result.calls} calls, {result.failed} failed, "
              f"out {result.out_ms:.0f} ms, slowest {result.slowest_ms:.0f} ms, {result.slow} slow; {did}", flush=True)

    def seen(self, name, mark, event, until):
        """What the client saw of an act on `name`, from its log after `mark`."""
        self.client.wait_second()
        records = self.client.records(mark)
        result = measure.count(measure.ActResult(name), records)
        result.began = event
        result.out_ms = measure.out_after(records, self.hosts[name], event, until)
        return result

    def fall_silent(self, act, stop, go_on):
        """Plays the rounds of an act. Returns what was seen in each."""
        results = []
        for number in range(1, ROUNDS + 1):
            victim = NAMES[number % len(NAMES)]
            pid = self.yard.state(victim)["Pid"]
            mark, event = self.client.mark(), time.time()
            os.kill(pid, stop)
            try:
                poll("its callers to be cut loose", 4, lambda: self.events(event, "callers-cut"), 0.1)
                time.sleep(0.3)  # for what was sent elsewhere to be answered
                recovered = time.time()
            finally:
                os.kill(pid, go_on)
            result = self.seen(victim, mark, event, recovered)
            self.told(act, number, victim, result, self.events(event, "rotation-changed", "callers-cut"))
            results.append(result)
            self.until_whole()
            time.sleep(CUTS_APART_SECONDS)
        return results

    def expect(self, results, out_ms, slowest_ms):
        self.assertEqual([result.failed for result in results], [0] * ROUNDS)
        self.assertLessEqual(max(result.slowest_ms for result in results), slowest_ms)
        self.assertLessEqual(max(result.out_ms for result in results), out_ms)
        self.assert_no_act()

    def test_calls_that_wait_on_a_frozen_replica_are_cut_loose_and_answered_by_another(self):
        self.expect(self.fall_silent("frozen", signal.SIGSTOP, signal.SIGCONT),
                    FROZEN_OUT_MS, FROZEN_SLOWEST_MS)

    def test_calls_that_wait_on_a_hung_replica_are_cut_loose_though_its_connections_live(self):
        self.expect(self.fall_silent("hung", signal.SIGUSR1, signal.SIGUSR2), HUNG_OUT_MS, HUNG_SLOWEST_MS)

    def test_nobody_leaves_when_all_are_slow_at_once_as_the_engine_is_killed_and_comes_back(self):
        for number in range(1, ROUNDS + 1):
            pids = [self.yard.state(name)["Pid"] for name in NAMES]
            mark, event = self.client.mark(), time.time()
            self.yard.engine.shut_down(signal.SIGKILL)
            try:
                for pid in pids:
                    os.kill(pid, signal.SIGSTOP)
                time.sleep(ALL_SLOW_SECONDS)
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            self.yard.engine.start_again("--live-restore")
            self.yard.daemon.wait_phase("serving")
            self.client.wait_second()
            self.until_whole()
            failed = self.client.failed(mark)
            left = self.events(event, "rotation-changed", "callers-cut")
            print(f"all slow {number} of {ROUNDS}: {len(failed)} failed, left: {left}", flush=True)
            self.assertEqual(failed, [])
            self.assertEqual(left, [])
            self.assertEqual([self.yard.state(name)["Pid"] for name in NAMES], pids)
        self.assert_no_act()

    def set_serving(self, name, word):
        """Returns when it did, by its clock (this machine's)."""
        return json.loads(self.docker("exec", name, "/user_service", f"--set-serving={word}"))["at"]

    def test_no_call_fails_and_none_is_cut_loose_when_a_replica_says_that_it_does_not_serve(self):
        for number in range(1, ROUNDS + 1):
            victim = NAMES[number % len(NAMES)]
            mark, began = self.client.mark(), time.monotonic()
            event = self.set_serving(victim, "false")
            self.yard.wait_out(victim, "not-serving")
            time.sleep(2)  # the act's own length: a gap that the client tells the end of
            recovered = self.set_serving(victim, "true")
            back = self.client.wait_record("it to be called again", mark, 15, lambda record: measure.comeback(
                [record], self.hosts[victim], event))["at"]
            result = self.seen(victim, mark, event, recovered)
            print(f"back {(back - recovered) * 1000:.0f} ms; ", end="")
            self.told("not-serving", number, victim, result, self.events(event, "rotation-changed"))
            self.assertEqual(result.failed, 0)
            self.assertEqual(self.events(event, "callers-cut"), [])
            self.until_whole()
            if ROUNDS > 1:
                time.sleep(max(0, ROUND_SECONDS - (time.monotonic() - began)))


if __name__ == "__main__":
    cases.main()
