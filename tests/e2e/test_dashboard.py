"""The dashboard of a real daemon in a real Chromium: what it shows, what it does, and what it lets nobody do."""

import json
import re

from harness import cases, paths
from harness.chromium import DRIVER, Chromium
from harness.client import HostClient
from harness.yard_case import YardCase

HOSTILE = "<img src=x onerror=window.hacked=1>"
# A replica that its own act may take away although it is alone.
SPARE = {"fairlead.repair.min-available": "0", "fairlead.drain.timeout": "2s", "fairlead.repair": "observe"}
SHOTS = paths.BUILD / "screenshots"


class TheDashboard(YardCase):
    NAME = "dashboard"

    @classmethod
    def setUpClass(cls):
        cases.need(DRIVER, "./dev setup --clients")
        super().setUpClass()
        cls.browser = Chromium(cls.yard.engine)
        cls.addClassCleanup(cls.browser.close)
        cls.base = f"http://{cls.yard.daemon.http}/"

    def open(self, fragment=""):
        """The page in a tab that has no token yet."""
        self.browser.go(self.base)
        self.browser.run("sessionStorage.clear();")
        self.browser.go("about:blank")
        self.browser.go(self.base + fragment)
        self.browser.wait_text("#connection", "^Live$")

    def open_to_act(self):
        url = self.yard.daemon.fairlead("dashboard").strip()
        self.open(url.removeprefix(self.base))

    def row(self, container):
        """A selector of the replica's row."""
        return f'tr[data-name="{self.yard.replica(container)["name"]}"]'

    def wait_row(self, container, pattern, seconds=10):
        row = self.row(container)
        self.browser.wait(f"a row of {container}", "return document.querySelector(arguments[0]) !== null", row)
        return self.browser.wait_text(row, pattern, seconds)

    def show_detail(self, container):
        self.browser.click(f"{self.row(container)} button.name")
        self.browser.wait_text("#detail .state", "rotation|in for|out")

    def assert_quiet(self):
        """The browser had nothing to complain of: no script error, nothing that the policy blocked. That a
        replica is gone, or the daemon, is no complaint."""
        self.assertEqual(
            [line for line in self.browser.log() if line.startswith(self.base) and "Failed to load" not in line], []
        )

    # ---------------------------------------------------------------------------------------------
    def test_replicas_are_shown_and_a_death_shows_up_by_itself(self):
        self.serve("shown-1", "shown-2", service="shown")
        self.yard.wait_in("shown-1", "shown-2")
        self.open()
        self.wait_row("shown-1", "in rotation")
        self.wait_row("shown-2", "in rotation")
        self.assertIn("2 of 2 in rotation", self.browser.text("#fleet"))
        self.browser.wait(
            "checks in the strip",
            "return document.querySelectorAll(arguments[0]).length > 1",
            f"{self.row('shown-1')} .strip i[data-tone=good]",
        )
        self.browser.run("window.isSamePage = true")
        self.docker("kill", "shown-2")
        self.wait_row("shown-2", "exited|dead|stopping", 5)
        self.browser.wait_text("#fleet", "1 of 2 in rotation")
        self.browser.wait_text("#events", r"shown\.default/\w+ is out of rotation")
        self.docker("start", "shown-2")
        self.wait_row("shown-2", "in rotation")
        self.assertTrue(self.browser.run("return window.isSamePage"), "the page was not loaded again")
        self.assert_quiet()

    def test_names_of_strangers_are_text(self):
        self.serve(
            "strange",
            service="strange",
            labels={"fairlead.health.service": HOSTILE, "fairlead.weight": HOSTILE, **SPARE},
        )
        bootstrap = json.loads((self.yard.daemon.xds_directory / "bootstrap.json").read_text())
        bootstrap["node"]["id"] = HOSTILE
        path = self.yard.directory / "strange.json"
        path.write_text(json.dumps(bootstrap))
        client = HostClient(self.yard.engine, path, "xds:///strange")
        self.addCleanup(client.close)
        self.open_to_act()
        self.wait_row("strange", "in rotation|out")
        self.browser.click(f"{self.row('strange')} button.name")
        self.browser.click("#detail .acts button:last-child")
        self.browser.type("#act-reason", HOSTILE)
        self.browser.click("#act button[type=submit]")
        self.browser.wait_text("#act .outcome", "took")
        self.browser.press("escape")
        for place in ("#banners", "#events", "#clients", "#detail", "#labels-list"):
            self.browser.wait_text(place, re.escape(HOSTILE))
        self.yard.daemon.fairlead("resume", "strange")
        for script in (
            "return window.hacked",
            "return document.images.length",
            "return document.querySelectorAll('[onerror], script:not([src])').length",
        ):
            self.assertIn(self.browser.run(script), (None, 0), script)
        self.assert_quiet()

    def test_without_the_token_nothing_can_be_done_and_the_page_says_how(self):
        self.serve("readonly", service="readonly")
        self.yard.wait_in("readonly")
        self.open()
        self.wait_row("readonly", "in rotation")
        self.show_detail("readonly")
        self.assertEqual(
            self.browser.run(
                "return [...document.querySelectorAll('button[data-acts]')].filter((b) => !b.disabled).length"
            ),
            0,
        )
        self.assertGreater(self.browser.count("#detail .acts button:disabled"), 3)
        for place in ("#token-hint", "#detail .hint"):
            self.assertIn("fairlead dashboard", self.browser.text(place))
        self.browser.press("escape")
        self.browser.click("#open-diagnose")
        self.assertIn("fairlead dashboard", self.browser.text("#diagnose"))
        self.assertEqual(self.browser.count("#diagnose button[type=submit]:disabled"), 1)
        self.browser.press("escape")
        self.assert_quiet()

    def test_with_the_token_an_act_is_confirmed_and_done(self):
        self.serve(
            "acted-1",
            "acted-2",
            service="acted",
            labels={"fairlead.repair.min-available": "1", "fairlead.drain.timeout": "2s"},
        )
        self.yard.wait_in("acted-1", "acted-2")
        self.open_to_act()
        self.assertEqual(self.browser.run("return location.href"), self.base, "the token is not left in the address")
        self.wait_row("acted-1", "in rotation")
        self.show_detail("acted-1")
        self.browser.click("#detail .acts button:first-child")
        self.assertIn("Without it 1 of its service is in rotation; 1 must stay.", self.browser.text("#act"))
        self.assertEqual(self.yard.daemon.in_rotation("acted"), 2, "nothing is done before it is confirmed")
        self.browser.type("#act-reason", "disk swap")
        self.browser.click("#act button[type=submit]")
        self.browser.wait_text("#act .outcome", r"\(took ", 20)
        self.assertEqual(self.yard.daemon.in_rotation("acted"), 1)
        self.browser.press("escape")
        self.wait_row("acted-1", "operator-drained")
        self.browser.wait_text("#events", "disk swap")
        self.browser.wait_text("#detail .acts", "Undrain")
        self.browser.click("#detail .acts button:first-child")
        self.browser.click("#act button[type=submit]")
        self.wait_row("acted-1", "in rotation")
        self.assert_quiet()

    def test_what_policy_refuses_is_told_and_force_takes_a_reason(self):
        self.serve(
            "alone", service="alone", labels={"fairlead.repair.min-available": "1", "fairlead.drain.timeout": "2s"}
        )
        self.yard.wait_in("alone")
        self.open_to_act()
        self.wait_row("alone", "in rotation")
        self.show_detail("alone")
        self.browser.click("#detail .acts button:first-child")
        self.assertIn("Callers have nobody", self.browser.text("#act"))
        self.browser.click("#act button[type=submit]")
        self.browser.wait_text("#act .outcome", "min-available")
        self.browser.click("#act-force")
        self.browser.click("#act button[type=submit]")
        self.assertTrue(self.browser.run("return document.querySelector('#act-reason:invalid') !== null"))
        self.assertEqual(self.yard.daemon.in_rotation("alone"), 1)
        self.browser.type("#act-reason", "the host goes away")
        self.browser.click("#act button[type=submit]")
        self.browser.wait_text("#act .outcome", r"\(took ", 20)
        self.assertEqual(self.yard.daemon.in_rotation("alone"), 0)
        self.browser.press("escape")
        self.yard.daemon.fairlead("undrain", "alone")

    def test_another_daemons_token_is_refused_and_given_up(self):
        self.serve("guarded", service="guarded")
        self.yard.wait_in("guarded")
        self.open("#token=" + "0" * 64)
        self.wait_row("guarded", "in rotation")
        self.show_detail("guarded")
        self.browser.click("#detail .acts button:first-child")
        self.browser.click("#act button[type=submit]")
        self.browser.wait_text("#act .outcome", "not this daemon's.*fairlead dashboard")
        self.browser.press("escape")
        self.assertGreater(self.browser.count("#detail .acts button:disabled"), 3)
        self.assertEqual(self.yard.daemon.in_rotation("guarded"), 1)

    def test_the_page_comes_back_by_itself_when_the_daemon_does(self):
        self.serve("kept", service="kept")
        self.yard.wait_in("kept")
        self.open()
        self.wait_row("kept", "in rotation")
        self.browser.run("window.isSamePage = true")
        self.yard.daemon.kill()
        self.browser.wait_text("#connection", "Not connected, trying again")
        self.browser.wait_text("#banners", "Not connected to fairleadd, trying again")
        self.assertEqual(self.browser.count(self.row_of_page("kept")), 1, "what was known stays")
        self.yard.daemon.start()
        self.browser.wait_text("#connection", "^Live$", 20)
        self.docker("kill", "kept")
        self.wait_row("kept", "exited|dead|stopping", 15)
        self.browser.wait_text("#events", r"kept\.default/\w+ is out of rotation")
        ids = self.browser.run("return [...document.querySelectorAll('#events li')].map((e) => Number(e.dataset.id))")
        self.assertEqual(ids, sorted(set(ids), reverse=True), "each event once, newest first")
        self.assertTrue(self.browser.run("return window.isSamePage"))

    def row_of_page(self, service):
        return f'tr[data-name^="services/{service}.default/replicas/"]'

    def test_a_fault_is_found_from_the_page(self):
        self.yard.run("page-caller", image="busybox", command=("sleep", "100000"))
        self.addCleanup(self.docker, "rm", "-f", "page-caller")
        self.docker("network", "create", "elsewhere")
        self.addCleanup(self.docker, "network", "rm", "elsewhere")
        self.serve("far", service="far", labels=SPARE, options=("--network", "elsewhere"))
        self.yard.wait_in("far")
        self.open_to_act()
        self.wait_row("far", "in rotation")
        self.browser.click("#open-diagnose")
        self.browser.type("#diagnose-client", "page-caller")
        self.browser.run(
            "const s = document.querySelector('#diagnose-service'); s.value = arguments[0]", "services/far.default"
        )
        self.browser.click("#diagnose button[type=submit]")
        self.browser.wait_text("#diagnose .outcome", "The step in red is where it breaks", 30)
        self.assertIn("network", self.browser.text("#diagnose .steps li:last-child"))
        self.browser.screenshot(SHOTS / "diagnose-light.png")
        self.browser.press("escape")

    def test_the_keyboard_reaches_everything(self):
        self.serve("keys", service="keys")
        self.yard.wait_in("keys")
        self.open_to_act()
        self.wait_row("keys", "in rotation")
        focusable = (
            "[...document.querySelectorAll('a[href], button:enabled, input, select, summary')]"
            ".filter((e) => e.checkVisibility())"
        )
        count = self.browser.run(
            f"const all = {focusable}; all.forEach((e, i) => e.dataset.walk = i); document.activeElement.blur(); return all.length"
        )
        reached, unseen = [], []
        for _ in range(count):
            self.browser.press("tab")
            at, style = self.browser.run(
                "const e = document.activeElement; return [e.dataset.walk ?? e.tagName, getComputedStyle(e).outlineStyle]"
            )
            reached.append(at)
            if style == "none":
                unseen.append(at)
        self.assertEqual(sorted(reached, key=int), [str(number) for number in range(count)])
        self.assertEqual(unseen, [], "the focus is seen everywhere")
        self.browser.run("document.querySelector(arguments[0]).focus()", f"{self.row('keys')} button.name")
        self.browser.press("enter")
        self.browser.wait_text("#detail-title", r"keys\.default/")
        self.assertEqual(self.browser.run("return document.activeElement.id"), "detail-title")
        self.browser.press("tab", "tab", "enter")
        self.assertEqual(self.browser.count("dialog#act[open]"), 1)
        self.browser.press("escape")
        self.assertEqual(self.browser.count("dialog[open]"), 0)
        self.browser.press("escape")
        self.assertTrue(self.browser.run("return document.querySelector('#detail').hidden"))
        self.assertEqual(
            self.browser.run("return document.activeElement.getAttribute('aria-label')"),
            self.yard.replica("keys")["displayName"],
        )
        self.assertEqual(self.yard.daemon.in_rotation("keys"), 1)

    def test_a_screen_reader_finds_its_way(self):
        self.serve("heard", service="heard")
        self.yard.wait_in("heard")
        self.open()
        self.wait_row("heard", "in rotation")
        nodes = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in self.browser.command("Accessibility.getFullAXTree")["nodes"]
            if not node["ignored"]
        ]
        for role, name in (
            ("banner", None),
            ("main", None),
            ("complementary", "What happened"),
            ("table", "Services"),
            ("status", None),
            ("region", "State of the daemon"),
            ("searchbox", "Find"),
            ("columnheader", "Rotation"),
            ("rowheader", None),
            ("button", self.yard.replica("heard")["displayName"]),
        ):
            self.assertTrue([1 for node in nodes if node[0] == role and name in (None, node[1])], (role, name, nodes))
        self.assertEqual(
            [
                node
                for node in nodes
                if node[0] in ("button", "combobox", "searchbox", "textbox", "image", "link") and not node[1]
            ],
            [],
        )

    def test_what_it_looks_like_is_kept_as_pictures(self):
        self.serve("shop-1", "shop-2", "shop-3", service="user-service", labels=SPARE)
        self.serve("cart-1", "cart-2", service="cart", labels=SPARE)
        self.yard.wait_in("shop-1", "shop-2", "shop-3", "cart-1", "cart-2")
        self.docker("kill", "cart-2")
        self.freeze("shop-2")
        self.yard.wait_out("shop-2", "failing(timeout)")
        self.open_to_act()
        self.browser.wait_text("#trouble-list", r"failing\(timeout\)")
        self.browser.wait(
            "check histories of all",
            "return [...document.querySelectorAll('#fleet tr[data-name] .strip')]"
            ".every((strip) => strip.querySelector('[data-tone=good], [data-tone=bad]'))",
        )
        for scheme in ("light", "dark"):
            self.browser.screenshot(SHOTS / f"overview-{scheme}.png", scheme)
        self.show_detail("shop-2")
        for scheme in ("light", "dark"):
            self.browser.screenshot(SHOTS / f"replica-{scheme}.png", scheme)
        self.browser.click("#detail .acts button:nth-child(2)")
        for scheme in ("light", "dark"):
            shot = self.browser.screenshot(SHOTS / f"act-{scheme}.png", scheme)
            self.assertGreater(shot.stat().st_size, 20_000)
        self.browser.press("escape")
        self.assert_quiet()

    def test_it_is_asked_for_anew_and_not_sent_again(self):
        self.open()
        told = self.browser.run_async("""
            const first = await fetch("/", {cache: "no-store"});
            const tag = first.headers.get("etag");
            const again = await fetch("/", {cache: "no-store", headers: {"If-None-Match": tag}});
            const head = await fetch("/dashboard/app.js", {cache: "no-store", method: "HEAD"});
            const whole = await fetch("/dashboard/app.js", {cache: "no-store"});
            done([first.status, first.headers.get("cache-control"), again.status, (await again.text()).length, head.status,
                  head.headers.get("content-length") === String((await whole.arrayBuffer()).byteLength)]);""")
        self.assertEqual(told, [200, "no-cache", 304, 0, 200, True])

    def test_its_address_is_told_with_the_token(self):
        token = (self.yard.daemon.directory / "state" / "http.token").read_text().strip()
        self.assertEqual(self.yard.daemon.fairlead("dashboard"), f"{self.base}#token={token}\n")
        self.assertEqual(self.yard.daemon.query("dashboard"), [{"url": f"{self.base}#token={token}"}])


if __name__ == "__main__":
    cases.main()
