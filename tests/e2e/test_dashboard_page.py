"""The dashboard's page on a made-up fleet: its pure parts, states that are hard to bring about, and many replicas."""

import json
import unittest

from harness import cases, paths
from harness.chromium import DRIVER, Chromium
from harness.pretend_daemon import MadeUpFleet, PretendDaemon, check, stamp

SHOTS = paths.BUILD / "screenshots"
REPLICA = {
    "inRotation": True,
    "outReason": "",
    "isPanic": False,
    "repair": "idle",
    "departure": "",
    "restartsInWindow": 0,
    "lastCause": "",
    "presence": "running",
    "readiness": "ready",
    "liveness": "alive",
}


def replica(**facets):
    return json.dumps({**REPLICA, **facets})


def out(reason, **facets):
    return replica(inRotation=False, outReason=reason, **facets)


# Module, expression, what it gives.
PURE = (
    ("text", "m.clean('a\\n\\u202eb\\u0000<b>')", "a\\u000a\\u202eb\\u0000<b>"),
    ("text", "m.clean('x'.repeat(9999)).length", 600),
    (
        "text",
        "[0, 59e3, 61e3, 3600e3, 7500e3, 11 * 3600e3 + 1, 47 * 3600e3, 49 * 3600e3, -5].map(m.spanText)",
        ["0 s", "59 s", "1 min", "1 h", "2 h 5 min", "11 h", "47 h", "2 d", "0 s"],
    ),
    ("text", "m.agoText('2026-01-31T08:00:00.123456789Z', Date.parse('2026-01-31T08:00:05Z'))", "4 s"),
    ("text", "[m.msOf(''), m.msOf('x'), m.durationMs('0.0125s'), m.durationMs(undefined)]", [None, None, 12.5, 0]),
    ("text", "[0.41, 12.6, 12345].map(m.latencyText)", ["0.4 ms", "13 ms", "12.3 s"]),
    (
        "text",
        "['CHECK_CLASS_NOT_SERVING', 'PHASE_ENGINE_SYNCED', 'EVENT_KIND_ACT_FINISHED'].map(m.wordOf)",
        ["not-serving", "engine-synced", "act-finished"],
    ),
    ("judge", f"m.toneOf({replica()})", "good"),
    ("judge", f"m.toneOf({replica(isPanic=True)})", "bad"),
    ("judge", f"m.toneOf({replica(repair='held(min-available)')})", "busy"),
    ("judge", f"m.toneOf({out('failing(timeout)')})", "bad"),
    ("judge", f"m.toneOf({out('operator-drained')})", "calm"),
    ("judge", f"m.toneOf({out('draining(restart)', repair='draining(restart)')})", "busy"),
    ("judge", f"m.toneOf({out('exited', departure='operator')})", "calm"),
    ("judge", f"m.toneOf({out('exited', departure='crash(137)')})", "bad"),
    ("judge", f"m.toneOf({out('exited', departure='operator', repair='gave-up(max-restarts)')})", "bad"),
    ("judge", f"m.toneOf({out('a-word-of-a-later-version')})", "bad"),
    (
        "judge",
        f"m.troubles([{replica()}, {out('starting')}, {out('operator-drained')}, {out('dead')}]).map((r) => r.outReason)",
        ["dead", "starting"],
    ),
    (
        "judge",
        "m.budgetIn([{measured: 'phase serving'}, {measured: '2 of 3 repairs spent in 10m: fairlead.repair.max-restarts, .window'}])",
        {"spent": 2, "most": 3, "window": "10m"},
    ),
    ("judge", "m.budgetIn([])", None),
    (
        "judge",
        "m.clientState({resources: [{state: 'ACKNOWLEDGED'}, {state: 'REFUSED'}, {state: 'SENT'}]})",
        "REFUSED",
    ),
    ("judge", "m.bannersOf({phase: 'PHASE_SERVING'})", []),
    (
        "judge",
        "m.bannersOf({phase: 'PHASE_STALE', brake: 'half fail', pauses: [{name: 'services/-', displayName: 'this host', actor: 'uid 0'}]})"
        ".map((b) => [b.key, b.tone])",
        [["brake", "bad"], ["phase", "bad"], ["pause services/-", "calm"]],
    ),
    (
        "judge",
        "['view-published', 'act-finished', 'rotation-changed'].map((k) => ['acts', 'changes', 'all'].map((c) => m.isShown(k, c)))",
        [[False, False, True], [True, True, True], [False, True, True]],
    ),
    (
        "judge",
        "['in', 'in(panic)', 'out(dead)', 'out(starting)'].map((code) => m.eventTone({kind: 'rotation-changed', code}))",
        ["good", "bad", "bad", "busy"],
    ),
    (
        "inbox",
        "(() => { const i = new m.Inbox(); for (let n = 0; n < 5000; ++n) i.put(`{\"n\": ${n}}`); i.put('half'); const t = i.take();"
        " return [t.items.length, t.items[0].n, t.items.at(-1).n, t.isWhole, i.size, i.take().isWhole]; })()",
        [299, 4701, 4999, False, 0, True],
    ),
    (
        "inbox",
        "(() => { const l = new m.Log(); l.add([{id: 1}, {id: 2}]); const fresh = l.add([{id: 2}, {id: 3}]);"
        " return [fresh, l.lastId, l.newestFirst().map((e) => e.id)]; })()",
        [[{"id": 3}], 3, [3, 2, 1]],
    ),
    (
        "inbox",
        "(() => { const p = new m.Pace(300); const first = p.wait(1000); p.done(1000, 5); const quiet = p.wait(1100);"
        " p.done(2000, 80); return [first, quiet, p.wait(2000), p.wait(9000)]; })()",
        [0, 200, 800, 0],
    ),
    (
        "inbox",
        "[m.eventFrom({gap: {}}), m.eventFrom({event: {id: '7', kind: 'EVENT_KIND_ACT_FINISHED', code: 'x'}}).kind]",
        [None, "act-finished"],
    ),
    (
        "fleet",
        "(() => { const f = new m.Fleet(); const r = (n, i) => ({name: `services/a.b/replicas/${n}`, displayName: `a.b/${n}`, inRotation: i});"
        " f.setReplicas([r(1, true), r(2, true), r(3, true)]); const same = [...f.setReplicas([r(1, true), r(2, true), r(3, true)])];"
        " const changed = [...f.setReplicas([r(1, false), r(2, true)])];"
        " const hit = f.apply({kind: 'rotation-changed', replica: 'a.b/2', code: 'out(not-serving)', time: 't'});"
        " return [same, changed, hit, f.replicas.get(hit).outReason, f.counts(), f.apply({kind: 'rotation-changed', replica: 'x/1'})]; })()",
        [
            [],
            ["services/a.b/replicas/1", "services/a.b/replicas/3"],
            "services/a.b/replicas/2",
            "not-serving",
            {"services": 0, "replicas": 2, "inRotation": 0},
            None,
        ],
    ),
    (
        "fleet",
        "['all', 'out', 'trouble'].map((c) => m.matches({displayName: 'a.b/1', inRotation: true}, 'good', ['a.b'], c))",
        [True, False, False],
    ),
)


class ThePage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(DRIVER, "./dev setup --clients")
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.close)

    def open(self, fleet, fragment=""):
        daemon = PretendDaemon(fleet)
        self.addCleanup(daemon.close)
        self.addCleanup(self.browser.go, "about:blank")
        self.browser.go(f"http://127.0.0.1:{daemon.port}/{fragment}")
        self.browser.wait_text("#connection", "^Live$")
        self.browser.wait(
            "all rows",
            "return document.querySelectorAll('#fleet tr[data-name]').length === arguments[0]",
            len(fleet.replicas),
        )
        return daemon

    def test_its_pure_parts_say_what_they_should(self):
        self.open(MadeUpFleet([1]))
        for module, expression, expected in PURE:
            given = self.browser.run_async(
                f"const m = await import('/dashboard/{module}.js'); done(JSON.stringify({expression} ?? null));"
            )
            self.assertEqual(given, json.dumps(expected, ensure_ascii=False, separators=(",", ":")), expression)

    def test_brake_freeze_and_pauses_stand_above_everything(self):
        fleet = MadeUpFleet([3, 2])
        one = next(iter(fleet.replicas.values()))
        fleet.put_out(
            one,
            "failing(timeout)",
            "no answer in 300ms",
            repair="held(brake)",
            lastCause="liveness: 5 x timeout in a row",
        )
        fleet.status.update(
            {
                "phase": "PHASE_STALE",
                "phaseReason": "engine-away: connection refused",
                "brakeSince": stamp(63),
                "brake": "3 of 5 checked replicas of this host fail at once",
                "pauses": [
                    {
                        "name": "services/-",
                        "displayName": "this host",
                        "actor": "uid 0",
                        "reason": "moving house",
                        "time": stamp(9),
                    }
                ],
            }
        )
        fleet.clients[2]["resources"][3].update(
            {"state": "REFUSED", "sentVersion": "20", "refusal": {"text": "code 3: weight 0"}}
        )
        fleet.diagnostics = [
            {
                "containerId": "c" * 64,
                "containerName": "shop-mail-1",
                "diagnostics": [
                    {
                        "severity": "SEVERITY_ERROR",
                        "code": "port-missing",
                        "subject": "fairlead.port",
                        "message": "no TCP port is exposed",
                        "hint": "set fairlead.port",
                    }
                ],
            }
        ]
        self.open(fleet)
        for words in (
            "The brake is on",
            "3 of 5 checked replicas",
            "Frozen: the engine is away",
            "Repairs are paused: this host",
            "moving house",
        ):
            self.browser.wait_text("#banners", words)
        for words in (r"failing\(timeout\)", "no answer in 300ms", r"held\(brake\)", "liveness: 5 x timeout"):
            self.browser.wait_text("#trouble-list", words)
        for words in ("not managed", "shop-mail-1", "no TCP port is exposed", "set fairlead.port"):
            self.browser.wait_text("#labels-list", words)
        self.browser.wait_text("#clients", "code 3: weight 0")
        self.browser.wait_text("#tiles", "1 refused a list")
        for scheme in ("light", "dark"):
            self.browser.screenshot(SHOTS / f"brake-{scheme}.png", scheme)
        fleet.status.update({"phase": "PHASE_SERVING", "brake": "", "pauses": []})
        self.browser.wait("no banner", "return document.querySelector('#banners').children.length === 0")
        self.assertEqual([line for line in self.browser.log() if not line.startswith("chrome:")], [])

    def test_lists_of_several_pages_are_shown_whole_and_found_in(self):
        fleet = MadeUpFleet([5] * 240)
        last = list(fleet.replicas.values())[-1]
        fleet.put_out(last, "not-serving", "it says so")
        self.open(fleet)
        self.browser.wait_text("#tiles", "1199 / 1200")
        self.browser.type("#find", last["containerName"])
        self.browser.wait_text("#found", "1 replica of 1200")
        self.assertEqual(
            self.browser.run(
                "return [...document.querySelectorAll('#fleet tr[data-name]')].filter((r) => !r.hidden).length"
            ),
            1,
        )

    def test_only_what_is_seen_is_asked_for_its_checks(self):
        fleet = MadeUpFleet([10] * 50)
        asked = set()
        explain = fleet.explain
        fleet.explain = lambda name: asked.add(name) or explain(name)
        self.open(fleet)
        self.browser.wait(
            "strips in sight",
            "return document.querySelectorAll('#fleet .strip i[data-tone=good]').length > 100",
            seconds=20,
        )
        self.assertLess(len(asked), 60)
        self.browser.run("document.querySelector('#fleet tbody:last-child tr:last-child').scrollIntoView()")
        self.browser.wait(
            "the last one's strip",
            "return document.querySelector('#fleet tbody:last-child tr:last-child .strip i[data-tone=good]') !== null",
            seconds=20,
        )

    def test_an_event_is_shown_without_waiting_for_a_list(self):
        fleet = MadeUpFleet([2])
        self.open(fleet)
        answer = fleet.answer
        fleet.answer = lambda path, query: None if path in ("/v1/replicas", "/v1/services") else answer(path, query)
        fleet.put_out(list(fleet.replicas.values())[0], "not-serving", "health says NOT_SERVING")
        self.browser.wait_text("#fleet", "not-serving")
        self.browser.wait_text("#trouble-list", "not-serving")

    def test_news_of_the_daemon_comes_through_while_everything_changes(self):
        fleet = MadeUpFleet([20] * 10)
        daemon = self.open(fleet)
        daemon.change(50)
        self.browser.wait("many events", "return document.querySelectorAll('#events li').length > 60")
        fleet.status["brake"] = "150 of 200 checked replicas of this host fail at once"
        self.browser.wait_text("#banners", "The brake is on", 5)
        fleet.clients[0]["nodeId"] = "renamed"
        self.browser.wait_text("#clients", "renamed")

    def test_it_fits_a_narrow_window_and_large_text(self):
        self.open(MadeUpFleet([3, 2]))
        self.addCleanup(self.browser.ask, "POST", "window/rect", {"width": 1440, "height": 1000})
        for width, zoom in ((500, 1), (1280, 2)):
            self.browser.ask("POST", "window/rect", {"width": width, "height": 900})
            self.browser.run("document.documentElement.style.fontSize = arguments[0] + 'px'", 14 * zoom)
            self.assertLessEqual(
                self.browser.run("return document.documentElement.scrollWidth - innerWidth"), 0, (width, zoom)
            )
        self.browser.run("document.documentElement.style.fontSize = ''")

    def test_a_pause_of_repairs_is_no_trouble_and_a_check_of_our_own_trouble_blames_nobody(self):
        fleet = MadeUpFleet([1])
        one = next(iter(fleet.replicas.values()))
        explain = fleet.explain
        fleet.explain = lambda name: {
            **explain(name),
            "replicas": [{**explain(name)["replicas"][0], "checks": [check("canary-failed", 5)]}],
        }
        one["pauses"] = [
            {"name": one["name"], "displayName": one["displayName"], "actor": "uid 0", "reason": "", "time": stamp(5)}
        ]
        self.open(fleet)
        self.browser.wait("a calm bar", "return document.querySelector('#fleet .strip i[data-tone=calm]') !== null")
        self.assertIn("Nothing needs a look", self.browser.text("#trouble"))


if __name__ == "__main__":
    cases.main()
