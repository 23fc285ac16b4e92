"""What the benches on a real engine share: the place, quantiles, and a figure beside its goal."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness.yard import Yard  # noqa: E402  pylint: disable=wrong-import-position


class OnEngine:
    """A yard whose engine and daemon are gone at the end, whatever happens."""

    def __init__(self, name, start_daemon=True, settings=lambda daemon: {}):
        self._yard = Yard(name)
        self._yard.daemon.settings = settings(self._yard.daemon)
        self._start_daemon = start_daemon

    def __enter__(self):
        sys.stdout.reconfigure(line_buffering=True)
        try:
            self._yard.open(self._start_daemon)
        except BaseException:
            self._yard.close()
            raise
        print(f"Docker Engine {self._yard.engine.version()}")
        return self._yard

    def __exit__(self, *_):
        self._yard.close()


def quantile(values, share):
    """The smallest value that `share` of all values (0 to 1) do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def tell_ratio(what, ratio, goal):
    print(f"  {what}: {ratio:.2f}   goal <= {goal:.2f}: {'met' if ratio <= goal else 'NOT met'}")
