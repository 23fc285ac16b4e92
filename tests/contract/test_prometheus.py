"""What Prometheus' own tool and Grafana's own form say of deploy/: rules, their cases, every query of the dashboard."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
PROMTOOL = shutil.which("promtool")


def promtool(*words):
    done = subprocess.run([PROMTOOL, *map(str, words)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def panels():
    board = json.loads((DEPLOY / "grafana.json").read_text())
    return [panel for panel in board["panels"] if panel["type"] != "row"]


class Prometheus(unittest.TestCase):
    def test_the_rules_are_read(self):
        code, told = promtool("check", "rules", DEPLOY / "alerts.yml")
        self.assertEqual(code, 0, told)

    def test_the_rules_fire_where_they_should_and_nowhere_else(self):
        code, told = promtool("test", "rules", DEPLOY / "alerts_test.yml")
        self.assertEqual(code, 0, told)

    def test_every_query_of_the_dashboard_is_read(self):
        # Grafana puts these in; what is left is PromQL.
        rules = [{"record": f"query:{number}", "expr": re.sub(r"\$__rate_interval", "1m", target["expr"])}
                 for number, target in enumerate(target for panel in panels() for target in panel["targets"])]
        self.assertGreaterEqual(len(rules), 20)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "queries.yml"
            file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
            code, told = promtool("check", "rules", file)
        self.assertEqual(code, 0, told)

    def test_the_dashboard_is_whole(self):
        identities = [panel["id"] for panel in panels()]
        self.assertEqual(len(identities), len(set(identities)))
        taken = set()
        for panel in panels():
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(taken & cells, panel["title"])
            taken |= cells
        text = (DEPLOY / "grafana.json").read_text()
        known = {variable["name"] for variable in json.loads(text)["templating"]["list"]} | {"__rate_interval", "__all"}
        self.assertEqual(set(re.findall(r"\$\{?(\w+)", text)) - known, set())


if __name__ == "__main__":
    if PROMTOOL is None:
        print("skipped: promtool is missing; ./dev setup --clients installs it", file=sys.stderr)
        sys.exit(77)
    unittest.main()
