"""What the person sees: a line per second while an act runs, and the summary at the end."""

import sys
import threading
import time

EVENTS_MAX = 12  # told per act; the rest is counted
BAR = 12  # characters for a replica's share of one second


class Screen:
    """Threads: any; lines never mix. Colour only on a terminal."""

    def __init__(self, out=sys.stdout):
        self._out = out
        self._lock = threading.Lock()
        self._is_terminal = out.isatty()
        self._started = time.time()
        self.numbers = {}    # host name of a replica -> its number, for the live lines
        self.is_live = False

    def say(self, text=""):
        with self._lock:
            print(text, file=self._out, flush=True)

    def title(self, text):
        self.say("\n" + self._paint("1", text))

    def note(self, text):
        self.say(f"  {self._clock()} {self._paint('33', '»')} {text}")

    def _paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self._is_terminal else text

    def _clock(self):
        return f"{time.time() - self._started:6.1f}s"

    def second(self, record):
        """One line for one second of the xds client."""
        if not self.is_live or record["kind"] != "second":
            return
        shares = []
        for host, number in sorted(self.numbers.items(), key=lambda item: item[1]):
            calls = record["replicas"].get(host, {"calls": 0})["calls"]
            bar = "█" * round(BAR * calls / max(1, record["calls"])) or "·"
            shares.append(f"/{number} {calls:3d} {bar:<{BAR // 2}}")
        failed = f"{record['failed']:3d} failed"
        failed = self._paint("31", failed) if record["failed"] else failed
        self.say(f"  {self._clock()}   {record['calls']:4d} calls {failed}  "
                 f"slowest {record['slowest_ms']:4.0f} ms   {'  '.join(shares)}")

    def result(self, result):
        for fact in result.facts:
            self.say(f"    {fact}")
        for event in result.events[:EVENTS_MAX]:
            self.say(f"    fairlead +{event['after']:.2f}s {short(event)}: {event['text']}")
        if len(result.events) > EVENTS_MAX:
            self.say(f"    ... and {len(result.events) - EVENTS_MAX} more: fairlead events")
        for problem in result.problems:
            self.say("    " + self._paint("31", f"NOT AS EXPECTED: {problem}"))

    def summary(self, results):
        self.title("Summary")
        self.say(f"  {'act':<13}{'calls':>7}{'failed':>8}{'slow':>6}{'out after':>12}{'back after':>12}  remarks")
        for result in results:
            failed = f"{result.failed:8d}"
            self.say(f"  {result.name:<13}{result.calls:7d}"
                     f"{self._paint('31', failed) if result.failed else failed}{result.slow:6d}"
                     f"{milliseconds(result.out_ms):>12}{milliseconds(result.back_ms):>12}"
                     f"  {remark(result)}")
            if result.events:
                did = "; ".join(f"+{event['after']:.2f}s {short(event)}" for event in decisive(result.events))
                self.say(f"  {'':<13}{did}")
        self.say("\n  out after:  from the event to the caller's last use of that replica\n"
                 "  back after: from its recovery to the first call that it answered\n"
                 "  slow:       answered, but later than 250 ms")


def short(event):
    """'/1 out(dead)': the replica's number and the code."""
    replica = "/" + event["replica"].rsplit("/", 1)[-1] if event["replica"] else "fairleadd"
    return f"{replica} {event['code'] or event['kind']}"


def decisive(events, most=6):
    """Who went out and in, and what was done: the line under an act in the summary."""
    return [event for event in events if event["kind"] in ("rotation-changed", "act-permitted", "act-finished")][:most]


def milliseconds(value):
    return "-" if value is None else f"{value:.0f} ms"


def remark(result):
    if result.problems:
        return "NOT AS EXPECTED: " + "; ".join(result.problems)
    return result.facts[0] if result.facts else ""
