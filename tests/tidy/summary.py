#!/usr/bin/env python3
"""Sums up the JUnit files that ctest wrote: what failed, what was skipped, and the count, last.

Cases are counted as GoogleTest and our Python tests print them; a program without such lines
counts as one, and so does a case that is repeated: what failed once did not pass. Under CI=true a
skipped case is a failure, because the build server has everything.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree

PASSED = re.compile(r"^\[       OK \] (\S+)", re.M)
FAILED = re.compile(r"^\[  FAILED  \] (\S+?)(?:, where .*)? \(\d+ ms\)$", re.M)
SKIPPED = re.compile(r"^\[  SKIPPED \] (\S+) \((.*)\)$", re.M)


def cases_of(program):
    """Returns (passed, failed, skipped) for one <testcase>; the last two as lists of names."""
    name = program.get("name")
    output = program.findtext("system-out") or ""
    broken = dict.fromkeys(FAILED.findall(output))  # in their order
    passed = len(set(PASSED.findall(output)) - broken.keys())
    failed = [f"{name}: {case}" for case in broken]
    skipped = [f"{name}: {case} ({why})" for case, why in dict(SKIPPED.findall(output)).items()]
    status = program.get("status")
    if status in ("notrun", "disabled") or (status == "skipped" and not skipped):
        return 0, [], [f"{name}: did not run"]
    if status == "fail" and not failed:
        failed = [name]
    if status == "run" and not (passed or skipped):
        passed = 1
    return passed, failed, skipped


def summarise(paths, skip_is_failure):
    """Returns (text, is_good) for the JUnit files at `paths`."""
    passed, failed, skipped = 0, [], []
    for path in paths:
        for program in ElementTree.parse(path).getroot().iter("testcase"):
            good, bad, missed = cases_of(program)
            passed += good
            failed += bad
            skipped += missed
    lines = [f"failed: {case}" for case in failed] + [f"skipped: {case}" for case in skipped]
    if skipped and skip_is_failure:
        lines.append("CI=true: a skipped test is a failure")
    lines.append(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    is_good = passed > 0 and not failed and not (skipped and skip_is_failure)
    return "\n".join(lines), is_good


def main():
    text, is_good = summarise(sys.argv[1:], os.environ.get("CI") == "true")
    print("\n" + text)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
