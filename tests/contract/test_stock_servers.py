#!/usr/bin/env python3
"""What our checks do to stock gRPC servers, whose defences stand as they are shipped: nothing.

A gRPC server counts what it takes for abuse ("strikes") and hangs up with GOAWAY: too_many_pings. A
check each 100 ms must never look like that, to none of the implementations that people run.
"""

import functools
import statistics
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))

from harness import cases  # noqa: E402
from stock import minute, probe, servers  # noqa: E402

NAMES = ["go", "c-core", "java", "python", "node"]
FRAMES_MIN = 0.9 * minute.SECONDS / minute.EVERY
TOGGLES_MIN = 20          # in a minute, of the 29 that fit
# The way from a word on a server's standard input to our sink takes 1 to 3 ms; a busy machine more.
NEWS_MEDIAN_MAX = 0.05
# A JVM that has just started takes most of a second for its first frames.
ACKNOWLEDGED_MAX = 3.0
WARM_UP = 20  # frames
# The first check of a restarted server comes within its interval; a JVM then takes most of a second to
# answer it, and the rest is room for a busy machine.
NOTICED_MAX = 5.0


@functools.cache
def _live_once():
    """All servers that are here share one minute; whichever case comes first waits for it."""
    try:
        findings = minute.live([name for name in NAMES if not servers.missing(name)])
    except Exception as error:  # Whatever ended it: each case says so, and none waits for another minute.
        return error
    for name, found in findings.items():
        print(_told(name, found), flush=True)
    return findings


def _milliseconds(seconds):
    return "none" if seconds is None else f"{seconds * 1000:.1f} ms"


def _late(latencies):
    """How late answers came, in seconds."""
    p99 = sorted(latencies)[int(len(latencies) * 0.99)] if latencies else None
    return f"p99 {_milliseconds(p99)}, slowest {_milliseconds(max(latencies, default=None))}"


def _told(name, found):
    """The figures of one server, for people; latencies without those of its first two seconds."""
    checks = [outcome["latency_us"] / 1e6 for outcome in found.checks]
    news = [delay for delay in found.news if delay is not None]
    raw, alone, seen = found.settings, found.settings_alone, found.pings_seen
    return "\n".join([
        f"{name} {found.version}: {len(checks)} checks, {_late(checks[WARM_UP:])}; {found.connections} connections, "
        f"{len(found.said.strikes)} strikes, {found.asked.settings} SETTINGS and {found.asked.pings} PING of ours",
        f"  by watch: {len(news)} changes told, median {_milliseconds(statistics.median(news) if news else None)}, "
        f"slowest {_milliseconds(max(news, default=None))}",
        f"  empty SETTINGS beside {raw.asked} checks: {len(raw.latencies)} of {raw.settings_sent} acknowledged, "
        f"{_late(raw.latencies[WARM_UP:])}, {len(raw.tally.strikes)} strikes; alone: {len(alone.latencies)} of "
        f"{alone.settings_sent}, {_late(alone.latencies[WARM_UP:])}, {len(alone.tally.strikes)} strikes",
        f"  control: {found.pings.pings_sent} PING, {seen.pings_answered} answered, {seen.strikes or 'no strike'}",
        f"  restart: closed after {_milliseconds(found.closed_after)}, refused after "
        f"{_milliseconds(found.refused_after)}, back after {_milliseconds(found.back_after)}"])


class _StockServer:
    """What holds for each of them."""

    name = None
    punishes_pings = True

    @classmethod
    def setUpClass(cls):
        for path in [probe.PROGRAM, *servers.missing(cls.name)]:
            cases.need(path, servers.HOW)
        findings = _live_once()
        if isinstance(findings, Exception):
            raise findings
        cls.found = findings[cls.name]

    def test_no_check_of_a_minute_fails(self):
        self.assertEqual([outcome for outcome in self.found.checks if outcome["class"] != "serving"], [])
        self.assertGreater(len(self.found.checks), FRAMES_MIN)

    def test_no_connection_is_closed_and_nothing_is_held_against_us(self):
        self.assertEqual(self.found.said.strikes, [])
        self.assertEqual((self.found.closed, self.found.hung_up), (0, 0))
        self.assertEqual(self.found.asked.pings, 0)

    def test_every_settings_frame_of_ours_is_acknowledged(self):
        self.assertGreater(self.found.settings_due, FRAMES_MIN)
        self.assertGreaterEqual(self.found.said.settings_acknowledged, self.found.settings_due)

    def test_a_change_is_told_by_watch_at_once(self):
        delays = self.found.news
        self.assertNotIn(None, delays)
        self.assertGreaterEqual(len(delays), TOGGLES_MIN)
        self.assertEqual(self.found.news_not_by_watch, 0)
        self.assertLess(statistics.median(delays), NEWS_MEDIAN_MAX)

    def test_an_empty_settings_frame_each_100_ms_is_acknowledged_and_no_strike(self):
        for raw in (self.found.settings, self.found.settings_alone):
            self.assertEqual(raw.tally.strikes, [])
            self.assertFalse(raw.is_closed)
            self.assertGreater(raw.settings_sent, FRAMES_MIN)
            self.assertEqual((raw.unacknowledged, len(raw.latencies)), (0, raw.settings_sent))
            self.assertLess(max(raw.latencies), ACKNOWLEDGED_MAX)
        self.assertGreater(self.found.settings.asked, FRAMES_MIN)
        self.assertEqual(self.found.settings.answers, self.found.settings.asked)

    def test_a_ping_each_100_ms_is_what_it_says_it_is(self):
        """The control: what would show if our checks were abuse, and that the proxy sees it."""
        strikes = self.found.pings_seen.strikes
        if self.punishes_pings:
            self.assertEqual(strikes, ["code 11: too_many_pings"])
            self.assertTrue(self.found.pings.is_closed)
        else:
            self.assertEqual((strikes, self.found.pings_seen.pings_answered), ([], self.found.pings.pings_sent))

    def test_a_restart_is_seen(self):
        for delay in (self.found.closed_after, self.found.refused_after, self.found.back_after):
            self.assertIsNotNone(delay)
            self.assertLess(delay, NOTICED_MAX)


class Go(_StockServer, unittest.TestCase):
    name = "go"


class CCore(_StockServer, unittest.TestCase):
    name = "c-core"


class Java(_StockServer, unittest.TestCase):
    name = "java"


class Python(_StockServer, unittest.TestCase):
    name = "python"


class Node(_StockServer, unittest.TestCase):
    name = "node"
    punishes_pings = False  # grpc-js counts none; it would be news if it began to


if __name__ == "__main__":
    cases.main()
