"""The acts. Each does one thing to the fleet and returns what the caller of xds:/// saw of it."""

import os
import signal
import time

from harness.waiting import poll

from . import measure
from .measure import ActResult

FREEZE_SECONDS = 8       # longer than the client's deadline of 5 s, so that every lost call is told
RECOVERY_SECONDS = 60    # the longest back-off before a first restart, and the checks after it


class Act:
    """One act while it runs: the place in the client's log where it began, and its result so far."""

    def __init__(self, stage, name, title, expects_no_failure=True):
        self.stage = stage
        self.result = ActResult(name, expects_no_failure=expects_no_failure)
        stage.screen.title(title)
        stage.screen.is_live = True
        self.mark = stage.xds.mark()
        self.began = time.time()

    def note(self, text):
        self.stage.screen.note(text)

    def records(self):
        return self.stage.xds.records(self.mark)

    def wait_back(self, host, after, seconds=RECOVERY_SECONDS):
        """Waits until `host` answers again. Returns when the first such call began."""
        record = poll("the replica to be called again", seconds,
                      lambda: measure.comeback(self.records(), host, after))
        return record["at"]

    def measure_victim(self, host, event, recovered, back):
        """Fills out and back: `event` took the replica away, `recovered` gave it back."""
        records = self.records()
        self.result.out_ms = measure.out_after(records, host, event, min(recovered, back))
        self.result.back_ms = max(0.0, (back - recovered) * 1000)

    def end(self):
        """Waits for the calls in flight to be told, counts, and hands out the result."""
        self.stage.xds.wait_second()
        self.stage.screen.is_live = False
        measure.count(self.result, self.records())
        self.result.events = self.stage.events(self.began)
        self.result.judge()
        self.stage.screen.result(self.result)
        return self.result


def spread(stage):
    act = Act(stage, "spread", "1. Every call goes to the next replica; a plain dns client stays with one")
    dns_mark = stage.dns.mark()
    stage.watch(5)
    stage.xds.wait_second()
    dns = measure.count(ActResult("dns"), stage.dns.records(dns_mark))
    result = act.end()
    numbers = stage.screen.numbers
    shares = {numbers[host]: calls / max(1, result.calls) for host, calls in result.spread.items()}
    told = ", ".join(f"/{number} {share:.1%}" for number, share in sorted(shares.items()))
    pinned = ", ".join(f"/{numbers[host]} {calls}" for host, calls in dns.spread.items())
    result.facts = [f"xds:/// {told}; dns:/// all on one: {pinned} calls"]
    if len(shares) != len(numbers) or max(shares.values()) - min(shares.values()) > 0.05:
        result.problems.append(f"the spread is not even: {told}")
    if len(dns.spread) != 1:
        result.problems.append("the dns client was expected to use one replica only")
    stage.screen.result(ActResult("", facts=result.facts, problems=result.problems))
    return result


def kill(stage):
    victim = stage.replica(1)
    act = Act(stage, "kill", f"2. {stage.name(victim)} is killed from outside (kill -9 of its process)")
    pid, before = stage.init_pid(victim), stage.started_at(victim)
    event = time.time()
    os.kill(pid, signal.SIGKILL)
    act.note(f"process {pid} killed; nothing in Compose would start it again, fairlead does")
    poll("fairlead to start the container again", RECOVERY_SECONDS,
         lambda: stage.init_pid(victim) not in (0, pid) and stage.started_at(victim) != before)
    back = act.wait_back(victim.host, event)
    stage.wait_spread(len(stage.screen.numbers), RECOVERY_SECONDS)
    act.measure_victim(victim.host, event, stage.started_at(victim), back)
    act.result.facts = ["0 failed relies on fairlead.retry.attempts=3: calls in flight die with the process"]
    return act.end()


def freeze(stage):
    victim = stage.replica(2)
    act = Act(stage, "freeze", f"3. {stage.name(victim)} freezes (SIGSTOP), and {FREEZE_SECONDS} s later goes on",
              expects_no_failure=False)
    pid = stage.init_pid(victim)
    event = time.time()
    os.kill(pid, signal.SIGSTOP)
    act.note(f"process {pid} frozen: its sockets stay open, nothing answers")
    stage.watch(FREEZE_SECONDS)
    recovered = time.time()
    if stage.init_pid(victim) == pid:
        os.kill(pid, signal.SIGCONT)
        act.note(f"process {pid} goes on")
    back = act.wait_back(victim.host, event)
    stage.wait_spread(len(stage.screen.numbers), RECOVERY_SECONDS)
    act.measure_victim(victim.host, event, recovered, back)
    result = act.end()
    result.facts = [f"lost {result.failed} calls that were sent before the checks had told the freeze"]
    stage.screen.say(f"    {result.facts[0]}")
    return result


def not_serving(stage):
    victim = stage.replica(3)
    act = Act(stage, "not-serving", f"4. {stage.name(victim)} answers NOT_SERVING, and later SERVING")
    event = stage.set_serving(victim, False)
    act.note("it says NOT_SERVING: out at once, and never restarted for it")
    before = stage.started_at(victim)
    stage.watch(4)
    recovered = stage.set_serving(victim, True)
    act.note("it says SERVING")
    back = act.wait_back(victim.host, event)
    stage.wait_spread(len(stage.screen.numbers), RECOVERY_SECONDS)
    act.measure_victim(victim.host, event, recovered, back)
    if stage.started_at(victim) != before:
        act.result.problems.append("the replica was restarted, although it only said NOT_SERVING")
    return act.end()


def scale(stage):
    act = Act(stage, "scale", "5. Scaled from 3 to 5, and back to 3")
    old = {container.host for container in stage.replicas()}
    act.note("docker compose up --scale user-service=5")
    asked = time.time()
    stage.compose.scale("user-service", 5)
    new = [container for container in stage.wait_spread(5, RECOVERY_SECONDS) if container.host not in old]
    first = {record["replica"]: record["at"] for record in act.records() if record["kind"] == "new"}
    act.result.new_ms = [round((first[container.host] - asked) * 1000) for container in new]
    stage.watch(2)
    act.note("docker compose up --scale user-service=3")
    down = time.time()
    stage.compose.scale("user-service", 3)
    left = stage.wait_spread(3, RECOVERY_SECONDS)
    kept = {container.host for container in left}
    gone = [host for host in old | set(first) if host not in kept]
    act.result.out_ms = max(measure.out_after(act.records(), host, down, float("inf")) for host in gone)
    told = " and ".join(f"{value} ms" for value in act.result.new_ms)
    act.result.facts = [f"the new ones had calls {told} after the command (Compose's own start included)"]
    return act.end()


def restart(stage):
    victim = stage.replica(1)
    act = Act(stage, "restart", f"6. fairlead restart {stage.name(victim)}")
    before = stage.started_at(victim)
    event = time.time()
    stage.daemon.fairlead("restart", stage.name(victim), seconds=90)
    answered = time.time()
    act.note(f"the command answered after {answered - event:.1f} s")
    back = act.wait_back(victim.host, event)
    stage.wait_spread(len(stage.screen.numbers), RECOVERY_SECONDS)
    act.measure_victim(victim.host, event, stage.started_at(victim), back)
    if stage.started_at(victim) == before:
        act.result.problems.append("the container was not restarted")
    last = measure.last_answer(act.records(), victim.host, before=back)
    ahead = (stage.finished_at(victim) - last) * 1000
    act.result.facts = ["0 failed relies on no retries: out of every list first, then restarted",
                        f"the caller used it last {ahead:.0f} ms before its process ended"]
    return act.end()


def daemon(stage):
    act = Act(stage, "daemon", "7. fairleadd is killed (kill -9) and started again")
    before = {container.host: stage.started_at(container) for container in stage.replicas()}
    stage.daemon.kill()
    act.note("fairleadd killed: callers go on with the list that they have")
    stage.watch(3)
    stage.daemon.start()
    act.note("fairleadd is serving again")
    stage.watch(3)
    stage.wait_spread(len(before), RECOVERY_SECONDS)
    after = {container.host: stage.started_at(container) for container in stage.replicas()}
    if after != before:
        act.result.problems.append("containers were touched")
    if any(record["kind"] in ("back", "new") for record in act.records()):
        act.result.problems.append("a replica was out of the caller's list for a while")
    act.result.facts = ["no list shrank, no container was touched"] if not act.result.problems else []
    return act.end()


ACTS = {"spread": spread, "kill": kill, "freeze": freeze, "not-serving": not_serving, "scale": scale,
        "restart": restart, "daemon": daemon}
