"""The page over HTTPS in a real Chromium, whose user believes the authority of the test: it works; and where the browser
does not believe the daemon, it says so, and so does the daemon's log."""

import json
import shutil
import subprocess
import time
import unittest
from datetime import timedelta

from harness import cases, paths
from harness.authority import Authority
from harness.chromium import CERTUTIL, DRIVER, Chromium
from harness.folder import new_folder
from harness.waiting import end_process, poll, run

LISTENS = "HTTP listens address=https://"
NOT_BELIEVED = "it does not believe our certificate"
SHORT = timedelta(seconds=4)  # a certificate's time: enough for the daemon to begin


class ThePageOverTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool in (DRIVER, CERTUTIL):
            cases.need(tool, "./dev setup --clients")
        cls.folder = new_folder("fairlead-page-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls.folder / "authority", "fairlead root")
        cls.stranger = Authority(cls.folder / "elsewhere", "another root")

    def start(self, pair):
        """A daemon without an engine, whose page has this certificate. Returns the page's address."""
        folder = new_folder("daemon-", self.folder)
        self.admin = f"unix:{folder}/admin/admin.sock"
        config = {"engine": {"endpoint": f"unix://{folder}/no-engine.sock"}, "state_dir": str(folder / "state"),
                  "tls_profiles": {"page": {"cert": str(pair[0]), "key": str(pair[1])}}, "admin": {"listen": [self.admin]},
                  "http": {"listen": ["127.0.0.1:0"], "tls": "page"}, "discovery": {"listen": [f"unix:{folder}/xds/xds.sock"]}}
        (folder / "config.json").write_text(json.dumps(config))
        self.log = folder / "log"
        with self.log.open("w") as log:
            daemon = subprocess.Popen([paths.FAIRLEADD, "--config", folder / "config.json"], stdout=log, stderr=log)
        self.addCleanup(lambda: self.assertEqual(end_process(daemon, 10), 0))
        poll("HTTPS to listen", 20, lambda: LISTENS in self.log.read_text())
        return "https://" + self.log.read_text().split(LISTENS)[1].split()[0].strip('"') + "/"

    def browser(self, authority):
        browser = Chromium(authority=authority.ca)
        self.addCleanup(browser.close)
        return browser

    def ask(self, *arguments):
        return run([paths.FAIRLEAD, "--admin", self.admin, *arguments])

    def assert_refused(self, browser, url, code):
        """The browser says why, the daemon's log says so, and its metric counts."""
        self.assertNotIn(NOT_BELIEVED, self.log.read_text())
        browser.go(url)
        self.assertIn(code, browser.run("return document.body.textContent"))
        self.assertEqual(browser.count("#connection"), 0)
        poll("the daemon to say why", 10, lambda: NOT_BELIEVED in self.log.read_text())
        metrics = run(["curl", "-sSk", f"{url}metrics"])
        self.assertRegex(metrics, r'fairlead_peers_refused_total\{plane="http"\} [1-9]')

    def test_who_believes_its_authority_has_the_whole_page(self):
        base = self.start(self.authority.issue("page", "IP:127.0.0.1,DNS:localhost"))
        browser = self.browser(self.authority)
        for url in (self.ask("dashboard").strip(), base.replace("127.0.0.1", "localhost")):
            self.assertTrue(url.startswith("https://"), url)
            browser.go("about:blank")
            browser.go(url)
            browser.wait_text("#connection", "^Live$", 20)
            self.assertTrue(browser.run("return window.isSecureContext"))
        self.assertEqual([line for line in browser.log() if "Failed to load" not in line], [])
        self.assertNotIn("peer refused", self.log.read_text())

    def test_an_authority_that_it_does_not_know(self):
        url = self.start(self.stranger.issue("strange", "IP:127.0.0.1"))
        self.assert_refused(self.browser(self.authority), url, "ERR_CERT_AUTHORITY_INVALID")

    def test_another_name(self):
        url = self.start(self.authority.issue("named", "DNS:elsewhere.corp"))
        self.assert_refused(self.browser(self.authority), url, "ERR_CERT_COMMON_NAME_INVALID")

    def test_one_that_has_expired_while_it_was_in_use(self):
        pair = self.authority.issue("short", "IP:127.0.0.1", SHORT)
        ends = time.time() + SHORT.total_seconds()
        url = self.start(pair)
        browser = self.browser(self.authority)
        poll("its end", 2 * SHORT.total_seconds(), lambda: time.time() > ends + 1)
        self.assert_refused(browser, url, "ERR_CERT_DATE_INVALID")
        poll("the command to say so", 15, lambda: "expired" in self.ask("tls"))


if __name__ == "__main__":
    cases.main()
