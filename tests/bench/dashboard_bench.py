"""dashboard_bench: what the dashboard's page costs a browser while a fleet changes under it.

500 replicas in 25 services, a made-up daemon, 50 changes a second; the CPU of Chromium's renderer by
/proc, as a share of one core. The top of the page is in sight, then its middle; then nothing changes.
"""

import statistics
import time

import figures  # noqa: F401  pylint: disable=unused-import  (the way to the harness)
from harness.chromium import DRIVER, Chromium
from harness.pretend_daemon import MadeUpFleet, PretendDaemon

CHANGES_A_SECOND = 50
SECONDS = 6
ROUNDS = 5
GOAL_PERCENT = 30


def shares(browser):
    """Percent of one core, of each round."""
    values = []
    for _ in range(ROUNDS):
        before, began = browser.renderer_seconds(), time.monotonic()
        time.sleep(SECONDS)
        values.append(100 * (browser.renderer_seconds() - before) / (time.monotonic() - began))
    return values


def tell(what, values):
    print(f"  {what:28} min {min(values):5.1f} %   p50 {statistics.median(values):5.1f} %   max {max(values):5.1f} %")


def measure(daemon, browser):
    browser.go(f"http://127.0.0.1:{daemon.port}/")
    browser.wait("all rows", "return document.querySelectorAll('#fleet tr[data-name]').length === 500")
    time.sleep(SECONDS)
    print(f"renderer of the dashboard, 500 replicas, share of one core, {ROUNDS} rounds of {SECONDS} s")
    tell("nothing changes", shares(browser))
    daemon.change(CHANGES_A_SECOND)
    time.sleep(SECONDS)
    told = len(daemon.fleet.events)
    top = shares(browser)
    rate = (len(daemon.fleet.events) - told) / (ROUNDS * SECONDS)
    tell(f"{rate:.0f} changes a second, top", top)
    browser.run("document.querySelector('#fleet tbody:nth-of-type(12)').scrollIntoView()")
    time.sleep(SECONDS)
    middle = shares(browser)
    tell(f"{rate:.0f} changes a second, middle", middle)
    worst = max(statistics.median(top), statistics.median(middle))
    print(f"  goal: below {GOAL_PERCENT} %: {'met' if worst < GOAL_PERCENT else 'not met'}")


if __name__ == "__main__":
    if not DRIVER.exists():
        raise SystemExit(f"{DRIVER} is missing: ./dev setup --clients")
    pretended = PretendDaemon(MadeUpFleet([20] * 25))
    chromium = Chromium()
    try:
        measure(pretended, chromium)
    finally:
        chromium.close()
        pretended.close()
