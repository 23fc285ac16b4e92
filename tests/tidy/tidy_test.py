#!/usr/bin/env python3
"""Holds the tree to rules.py, and rules.py to samples that break each rule."""

import json
import re
import subprocess
import unittest
from pathlib import Path

import rules
import summary

ROOT = Path(__file__).resolve().parents[2]
SOURCES = (".cc", ".h", ".py", ".proto", ".cmake", ".sh", ".js", ".css", ".html")


def tracked_files():
    """Paths of all files that are, or would be, committed; without git, of the source folders."""
    try:
        listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, text=True, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for folder in ("daemon", "lib", "manifests", "proto", "tests")
                  for path in (ROOT / folder).rglob("*")]
    return sorted({path for path in listed if path and (ROOT / path).is_file()})


def ours():
    """(path, text) of every source file of ours."""
    for path in tracked_files():
        if path.startswith("proto/third_party/"):
            continue
        if path.endswith(SOURCES) or path == "dev" or path.endswith("CMakeLists.txt"):
            yield path, (ROOT / path).read_text(encoding="utf-8")


class TheTree(unittest.TestCase):
    def assert_clean(self, problems):
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_modules_include_only_what_they_may(self):
        self.assert_clean([problem for path, text in ours() if path.endswith((".cc", ".h"))
                           for problem in rules.include_problems(path, text)])

    def test_what_a_module_may_include_it_does_include(self):
        included = {}
        for path, text in ours():
            if path.startswith("lib/") and path.endswith((".cc", ".h")):
                included.setdefault(path.split("/")[1], set()).update(rules.own_includes(text))
        self.assert_clean(rules.idle_permissions(included))

    def test_links_follow_the_include_table(self):
        links = {path.split("/")[1]: rules.linked_modules(text) - {path.split("/")[1]} for path, text in ours()
                 if path.startswith("lib/") and path.endswith("CMakeLists.txt")}
        self.assertEqual(set(links), set(rules.MAY_INCLUDE))
        self.assert_clean(rules.link_problems(links))

    def test_the_include_table_is_shown_to_people(self):
        self.assert_clean(rules.table_problems((ROOT / "ARCHITECTURE.md").read_text()))

    def test_banned_calls_are_not_used(self):
        self.assert_clean([problem for path, text in ours() if path.endswith((".cc", ".h"))
                           for problem in rules.ban_problems(path, text)])

    def test_reasons_of_errors_are_those_of_the_list(self):
        self.assert_clean([problem for path, text in ours() for problem in rules.reason_problems(path, text)])

    def test_files_are_short_finished_and_named_after_an_idea(self):
        self.assert_clean([problem for path, text in ours()
                           for problem in rules.text_problems(path, text) + rules.name_problems(path)])

    def test_every_module_says_what_it_is(self):
        modules = sorted({path.split("/")[1] for path in tracked_files()
                          if path.startswith("lib/") and path.endswith((".cc", ".h"))})
        problems = []
        for module in modules:
            readme = ROOT / "lib" / module / "README.md"
            problems += rules.readme_problems(module, readme.read_text() if readme.exists() else None)
        self.assert_clean(problems)

    def test_every_label_is_described_for_people(self):
        table, page = ROOT / "manifests/labels.json", ROOT / "manifests/README.md"
        labels = [item["label"] for item in json.loads(table.read_text())["labels"]]
        self.assertGreater(len(labels), 20)
        self.assert_clean(rules.label_problems(labels, page.read_text()))

    def test_every_row_of_faults_has_a_test_that_exists(self):
        sources = {path: text for path, text in ours() if path.startswith("tests/")}
        cases = {f"{suite}.{case}" for text in sources.values()
                 for suite, case in re.findall(r"TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", text)}
        methods = {f"{Path(path).name}: {method}" for path, text in sources.items() if path.endswith(".py")
                   for method in re.findall(r"def test_(\w+)\(", text)}
        stories = {Path(path).name for path in tracked_files() if path.startswith("tests/scenario/fleet/stories/")}
        page = (ROOT / "tests/faults/README.md").read_text()
        self.assert_clean(rules.fault_row_problems(page, cases | methods | stories))

    def test_every_test_that_a_table_of_rules_names_exists(self):
        sources = "".join(text for path, text in ours() if path.startswith("tests/"))
        for table in ("tests/bad_input.md", "tests/threats.md", "tests/xds_rules.md"):
            page = (ROOT / table).read_text()
            named = re.findall(r"`([A-Z]\w+)\.(\w+)`", page)
            self.assertGreater(len(named), 40)
            self.assert_clean([f"{table}: there is no test {suite}.{case}" for suite, case in named
                               if not re.search(rf"TEST(_F|_P)?\({suite}, {case}\)", sources)])
            self.assert_clean([f"{table}: there is no tests/{path}" for path in
                               re.findall(r"\bscenario/[\w/]+\.txt", page) if not (ROOT / "tests" / path).exists()])
            self.assert_clean([f"{table}: there is no test {method} in tests/e2e/{file}" for file, method in
                               re.findall(r"\b(test_\w+\.py): (\w+)", page)
                               if f"def test_{method}(" not in (ROOT / "tests/e2e" / file).read_text()])

    def test_every_threat_has_a_row(self):
        rows = re.findall(r"^\| (T\d+)[ :]", (ROOT / "tests/threats.md").read_text(), re.M)
        self.assertEqual(rows, [f"T{number}" for number in range(1, 16)])

    def test_shell_scripts_parse(self):
        for path in tracked_files():
            first = (ROOT / path).read_bytes()[:12]
            if first.startswith((b"#!/bin/bash", b"#!/bin/sh")):
                done = subprocess.run(["bash", "-n", ROOT / path], capture_output=True, text=True, check=False)
                self.assertEqual((path, done.stderr), (path, ""))


class TheRules(unittest.TestCase):
    """Each rule finds the sample that breaks it, and leaves its neighbour alone."""

    def test_an_include_out_of_the_graph_is_found(self):
        for path, line in (("lib/docker/a.cc", '#include "health/prober.h"'), ("lib/xds/a.cc", '#include "fleet/fleet.h"'),
                           ("lib/fleet/a.cc", "#include <boost/asio/io_context.hpp>"), ("lib/spec/a.h", "#include <thread>"),
                           ("lib/fleet/a.cc", '#include "runtime/clock.h"'), ("lib/base/a.cc", "#include <nlohmann/json.hpp>"),
                           ("lib/docker/a.cc", '#include "fairlead/admin/v1/admin.pb.h"'),
                           ("lib/h2/a.cc", "#include <boost/asio.hpp>"), ("lib/unheard/a.cc", '#include "base/result.h"')):
            self.assertEqual(len(rules.include_problems(path, line)), 1, (path, line))
        for path, line in (("lib/xds/a.cc", '#include "fleet/view.h"'), ("lib/store/a.cc", '#include "fleet/ledger.h"'),
                           ("lib/admin/a.cc", '#include "controller/control.h"'), ("lib/fleet/a.cc", "#include <vector>"),
                           ("daemon/app.cc", '#include "docker/http_engine.h"'), ("lib/docker/a.h", '#include "docker/b.h"')):
            self.assertEqual(rules.include_problems(path, line), [], (path, line))

    def test_a_reason_that_is_not_of_the_list_is_found(self):
        sample = 'return Fail(code, text, {.reason = "ODD_WORD", .subject = name});'
        self.assertEqual(len(rules.reason_problems("lib/fleet/a.cc", sample)), 1)
        self.assertEqual(rules.reason_problems("tests/unit/a.cc", sample), [])
        self.assertEqual(rules.reason_problems("lib/fleet/a.cc", '{.is_in = true, .reason = ""}; x.reason = "suspect"'), [])

    def test_a_permission_without_use_a_link_out_of_the_graph_and_a_missing_one_are_found(self):
        used = {module: {name if "/" in name else f"{name}/x.h" for name in allowed}
                for module, allowed in rules.MAY_INCLUDE.items()}
        self.assertEqual(rules.idle_permissions(used), [])
        self.assertEqual(len(rules.idle_permissions({**used, "telemetry": set()})), 1)
        links = {module: rules.modules_of(allowed) for module, allowed in rules.MAY_INCLUDE.items()}
        self.assertEqual(rules.link_problems(links), [])
        self.assertEqual(len(rules.link_problems({**links, "docker": {"base", "spec", "health"}})), 1)
        self.assertEqual(len(rules.link_problems({**links, "pidwatch": {"base", "runtime"}})), 1)
        self.assertEqual(rules.linked_modules("PUBLIC fairlead::h2 PRIVATE fairlead::xds_protos"), {"h2"})

    def test_a_table_for_people_that_differs_is_found(self):
        lines = [f"| `{module}` | {', '.join(f'`{name}`' for name in allowed) or 'nothing'} |"
                 for module, allowed in rules.MAY_INCLUDE.items()]
        page = "## Who may include whom\n" + "\n".join(lines)
        self.assertEqual(rules.table_problems(page), [])
        self.assertEqual(len(rules.table_problems(page.replace("`fleet/view.h`", "`fleet`", 1))), 1)
        self.assertEqual(len(rules.table_problems(page + "\n| `extra` | nothing |")), 1)

    def test_a_banned_call_is_found_and_a_mention_of_it_is_not(self):
        for path, line in (("lib/fleet/a.cc", "auto t = std::chrono::steady_clock::now();"),
                           ("lib/docker/a.cc", "int n = atoi(text);"), ("lib/xds/a.cc", "std::mutex m;"),
                           ("lib/h2/a.cc", "std::thread t;"), ("tests/unit/h2/a.cc", "std::this_thread::sleep_for(1s);"),
                           ("lib/spec/a.cc", "throw 1;"), ("daemon/a.cc", "worker.detach();"),
                           ("lib/store/a.cc", 'getenv("HOME")'), ("lib/admin/a.cc", "std::cout << 1;")):
            self.assertEqual(len(rules.ban_problems(path, line)), 1, (path, line))
        for path, line in (("lib/fleet/a.cc", '// std::mutex is banned\nauto s = "throw";'),
                           ("lib/runtime/clock.cc", "std::chrono::steady_clock::now()"),
                           ("tests/integration/a.cc", "std::this_thread::sleep_for(1s);"),
                           ("lib/h2/a.cc", "std::thread::id owner;"), ("lib/cli/a.cc", "std::cout << 1;")):
            self.assertEqual(rules.ban_problems(path, line), [], (path, line))

    def test_long_unfinished_and_vaguely_named_files_are_found(self):
        self.assertEqual(len(rules.text_problems("a.cc", "x\n" * 501)), 1)
        self.assertEqual(len(rules.text_problems("a.cc", "// TO" "DO later\n")), 1)
        self.assertEqual(len(rules.text_problems("a.cc", "<" * 7 + " HEAD\n")), 1)
        self.assertEqual(len(rules.text_problems("a.h", "int a;\n")), 1)
        self.assertEqual(rules.text_problems("a.h", "#pragma once\n" + "x\n" * 400), [])
        self.assertEqual(len(rules.name_problems("lib/h2/socket_util.cc")), 1)
        self.assertEqual(rules.name_problems("lib/h2/socket.cc"), [])

    def test_a_row_of_faults_without_a_test_and_a_test_that_is_not_there_are_found(self):
        rows = [f"{kind}{number:02}" for kind, last in (("F", 29), ("P", 12)) for number in range(1, last + 1)]
        page = "\n".join(f"| {row} what | `A.B` `test_x.py: f01` `a.txt` |" for row in rows)
        known = {"A.B", "test_x.py: f01_what_happens", "a.txt"}
        self.assertEqual(rules.fault_row_problems(page, known), [])
        self.assertEqual(len(rules.fault_row_problems(page.replace("| P12", "| X12"), known)), 1)
        self.assertEqual(len(rules.fault_row_problems(page + "\n| F01 more | `A.C` |", known)), 1)
        self.assertEqual(len(rules.fault_row_problems(page + "\n| F01 more | `test_x.py: f02` |", known)), 1)

    def test_a_missing_or_long_readme_and_an_untold_label_are_found(self):
        self.assertEqual(len(rules.readme_problems("h2", None)), 1)
        self.assertEqual(len(rules.readme_problems("h2", "x\n" * 41)), 1)
        self.assertEqual(rules.readme_problems("h2", "x\n" * 40), [])
        self.assertEqual(len(rules.label_problems(["fairlead.port"], "`fairlead.enable`")), 1)


class TheSummary(unittest.TestCase):
    """summary.py counts cases, and a skip or a crash is never counted as passed."""

    def cases(self, status, output):
        program = summary.ElementTree.Element("testcase", name="p", status=status)
        summary.ElementTree.SubElement(program, "system-out").text = output
        return summary.cases_of(program)

    def test_cases_are_counted_by_what_they_print(self):
        output = "[       OK ] A.B (0 ms)\n[       OK ] A.C/1 (0 ms)\n[  SKIPPED ] A.D (0 ms)\n[  SKIPPED ] A.D\n"
        self.assertEqual(self.cases("run", output), (2, [], ["p: A.D (0 ms)"]))
        self.assertEqual(self.cases("fail", "[  FAILED  ] A.B (3 ms)\n[  FAILED  ] A.B\n"), (0, ["p: A.B"], []))

    def test_a_case_that_is_repeated_is_one_case_and_what_failed_once_failed(self):
        output = "[       OK ] A.B (0 ms)\n[       OK ] A.C (0 ms)\n" * 20 + "[  FAILED  ] A.C (1 ms)\n" * 2
        self.assertEqual(self.cases("fail", output), (1, ["p: A.C"], []))

    def test_a_crash_is_a_failure_and_a_silent_program_counts_once(self):
        self.assertEqual(self.cases("fail", "[       OK ] A.B (0 ms)\n"), (1, ["p"], []))
        self.assertEqual(self.cases("run", ""), (1, [], []))
        self.assertEqual(self.cases("notrun", ""), (0, [], ["p: did not run"]))


if __name__ == "__main__":
    unittest.main()
