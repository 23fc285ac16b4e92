"""The HTTP listener and the tools of others, on loopback: schemathesis and slowhttptest, made to break servers, and promtool."""

import re
import shutil
import subprocess
import threading

from harness import cases, paths
from harness.yard_case import YardCase

SCHEMATHESIS = paths.CLIENTS / "schemathesis"
URL = "http://127.0.0.1:18080"
# Streams do not end by themselves, and a diagnosis waits for its network: the tool would count them as hung.
LEFT_OUT = "events|endpoints|diagnose"
# TRACE, which it tries too, is no method here and gets the 501 that HTTP has for that.
CONFIGURATION = """
[phases.coverage]
unexpected-methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""
# How slowhttptest is slow: in its headers, its body, in taking the answer.
SLOW = {"headers": ["-H"], "body": ["-B", "-s", "8192"], "reading": ["-X", "-w", "1", "-y", "8", "-n", "1", "-z", "1", "-k", "3"]}
CONNECTIONS, SECONDS = 400, 8
# What a neighbour waits at most; a request takes some milliseconds, and the machine is busy.
PATIENCE = 1.0

ASK = """
import sys, time, urllib.request
worst, asked, end = 0.0, 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    began = time.monotonic()
    with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
        assert answer.status == 200 and answer.read()
    worst, asked = max(worst, time.monotonic() - began), asked + 1
    time.sleep(0.02)
print(asked, worst)
"""


class TheHttpListener(YardCase):
    NAME = "http-tools"

    def inside(self, words, seconds):
        done = subprocess.run([str(word) for word in self.yard.engine.inside(words)], capture_output=True, text=True,
                              timeout=seconds, cwd=self.yard.directory)
        return done.returncode, done.stdout + done.stderr

    def test_schemathesis_finds_no_server_error(self):
        cases.need(SCHEMATHESIS, "./dev setup --clients")
        self.serve("asked", service="asked")
        self.yard.wait_in("asked")
        (self.yard.directory / "schemathesis.toml").write_text(CONFIGURATION)
        token = (self.yard.daemon.directory / "state" / "http.token").read_text().strip()
        code, told = self.inside([
            SCHEMATHESIS, "--config-file", self.yard.directory / "schemathesis.toml", "run", f"{URL}/openapi.json", "--checks",
            "not_a_server_error", "--mode", "all", "--max-examples", "15", "--phases", "coverage,fuzzing", "--seed", "1",
            "--max-time", "25", "--no-color", "--request-timeout", "5", "--generation-database", "none", "--exclude-path-regex",
            LEFT_OUT, "--header", f"Authorization: Bearer {token}"], 90)
        self.assertEqual(code, 0, told)
        self.assertGreater(int(re.search(r"(\d+) generated", told).group(1)), 200, told)
        self.assertEqual(self.yard.daemon.phase(), "serving")

    def slow(self, options):
        return self.inside([self.slowhttptest, "-c", CONNECTIONS, "-r", CONNECTIONS, "-i", 2, "-l", SECONDS, "-p", 3, "-u",
                            f"{URL}/v1/services", *options], SECONDS + 30)

    def test_slow_peers_do_not_slow_a_neighbour(self):
        self.slowhttptest = shutil.which("slowhttptest") or "/nothing/slowhttptest"
        cases.need(paths.Path(self.slowhttptest), "./dev setup --clients")
        for kind, options in SLOW.items():
            with self.subTest(kind):
                told = []
                attack = threading.Thread(target=lambda: told.append(self.slow(options)))
                attack.start()
                code, answer = self.inside(["python3", "-c", ASK, f"{URL}/v1/status", SECONDS], SECONDS + 30)
                attack.join()
                self.assertEqual(code, 0, answer)
                asked, worst = answer.split()
                self.assertLess(float(worst), PATIENCE, f"{kind}: of {asked} requests; {told}")
                self.assertGreater(int(asked), 50, kind)
                shown = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", told[0][1])
                held = max(map(int, re.findall(r"connected:\s+(\d+)", shown)), default=0)
                self.assertGreater(held, CONNECTIONS // 4, f"{kind}: the tool held too few connections to say anything: {shown}")

    def test_promtool_reads_the_metrics(self):
        promtool = shutil.which("promtool") or "/nothing/promtool"
        cases.need(paths.Path(promtool), "./dev setup --clients")
        code, text = self.inside(["python3", "-c", "import sys, urllib.request; "
                                  "print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode(), end='')", f"{URL}/metrics"], 30)
        self.assertEqual(code, 0, text)
        done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


if __name__ == "__main__":
    cases.main()
