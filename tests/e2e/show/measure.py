"""From a client's records to what an act cost its callers. Pure: values in, values out.

"Out" is the start of the last call that the victim answered, failed or held up before it was
itself again: the same definition as for other systems, so that figures can be set side by side.
"""

from dataclasses import asdict, dataclass, field


FAILURES_TOLD = 5  # the first few tell the cause; a freeze has dozens alike


@dataclass
class ActResult:
    name: str
    calls: int = 0
    failed: int = 0
    codes: dict = field(default_factory=dict)
    slow: int = 0              # answered, but later than the client's slow_ms
    slowest_ms: float = 0.0
    out_ms: float | None = None    # from the event until the caller used the replica for the last time
    back_ms: float | None = None   # from recovery until the first call that it answered
    new_ms: list = field(default_factory=list)  # from each new replica's start to its first call
    spread: dict = field(default_factory=dict)  # replica -> calls
    facts: list = field(default_factory=list)   # sentences: what was seen
    events: list = field(default_factory=list)  # what fairlead did and why
    expects_no_failure: bool = True
    failures: list = field(default_factory=list)  # the first failed calls, a sentence each
    problems: list = field(default_factory=list)

    def judge(self):
        """Adds the problem of calls that failed where none may."""
        if self.expects_no_failure and self.failed:
            self.problems.append(f"{self.failed} failed calls, expected 0: " + "; ".join(self.failures))
        return self

    def as_dict(self):
        return asdict(self)


def count(result, records):
    """Fills the counts of `result` from the client's records of the act."""
    for record in records:
        if record["kind"] == "second":
            result.calls += record["calls"]
            result.failed += record["failed"]
            result.slowest_ms = max(result.slowest_ms, record["slowest_ms"])
            for code, calls in record["codes"].items():
                result.codes[code] = result.codes.get(code, 0) + calls
            for host, replica in record["replicas"].items():
                result.spread[host] = result.spread.get(host, 0) + replica["calls"]
        elif record["kind"] == "slow":
            result.slow += 1
        elif record["kind"] == "failed" and len(result.failures) < FAILURES_TOLD:
            result.failures.append(f"{record['code']} after {record['took_ms']:.0f} ms from "
                                   f"{record['peer'] or 'nobody'}: {record['message']}")
    return result


def last_answer(records, host, before=None):
    """Start of the last call that `host` answered, before `before` if given; None if none."""
    starts = []
    for record in records:
        if record["kind"] == "second" and host in record["replicas"]:
            starts += [record["replicas"][host]["first"], record["replicas"][host]["last"]]
        elif record["kind"] == "back" and record["replica"] == host:
            starts += [record["left"], record["at"]]
    starts = [start for start in starts if before is None or start < before]
    return max(starts, default=None)


def comeback(records, host, after):
    """The record of `host` answering again after a gap, at or after `after`; None if it did not."""
    return next((record for record in records
                 if record["kind"] == "back" and record["replica"] == host and record["at"] >= after), None)


def out_after(records, host, event, until):
    """Milliseconds from `event` to the last use of `host` before `until` (both seconds since 1970)."""
    uses = [record["at"] for record in records
            if record["kind"] in ("failed", "slow") and event <= record["at"] < until]
    left = last_answer(records, host, before=until)
    uses += [left] if left is not None else []
    return max(0.0, (max(uses, default=event) - event) * 1000)
