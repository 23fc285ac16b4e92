"""Test programs of this folder: unittest, told line by line as GoogleTest does.

One way of telling means that one summary (tests/tidy/summary.py) counts everything.
"""

import sys
import time
import unittest

SKIPPED = 77  # what ctest takes for "could not run here"


class _Teller(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self._began = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self._began = time.monotonic()
        print(f"[ RUN      ] {_name(test)}", flush=True)

    def _tell(self, what, test):
        print(f"[{what}] {_name(test)} ({(time.monotonic() - self._began) * 1000:.0f} ms)", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._tell("       OK ", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        print(self.failures[-1][1], flush=True)
        self._tell("  FAILED  ", test)

    def addError(self, test, err):
        super().addError(test, err)
        print(self.errors[-1][1], flush=True)
        self._tell("  FAILED  ", test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            told = self.failures if issubclass(err[0], test.failureException) else self.errors
            print(told[-1][1], flush=True)
            self._tell("  FAILED  ", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"[  SKIPPED ] {_name(test)} ({reason})", flush=True)


def _name(test):
    """'Class.test_name', also where a whole class failed in its set-up."""
    parts = test.id().replace("(", ".").replace(")", "").replace(" ", "").split(".")
    return ".".join(parts[-2:])


def need(path, how):
    """Skips the test, or the class that is being set up, by name when a tool is not on this machine."""
    if not path.exists():
        raise unittest.SkipTest(f"{path.name} is missing: {how}")


def main():
    """Runs the tests of the calling program; ends it with 0, 1, or 77 when nothing could run."""
    teller = _Teller()
    unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]).run(teller)
    if not teller.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if teller.skipped and len(teller.skipped) >= teller.testsRun else 0)
