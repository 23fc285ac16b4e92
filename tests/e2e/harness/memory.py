"""What stands in the memory of a process and its children, as root sees it, and how much of it there is."""

import re
import threading
from pathlib import Path


class MostPrivate:
    """The most of a process's private memory from now on."""

    def __init__(self, pid):
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self._first_kib = self._most_kib = self._now()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _now(self):
        return int(re.search(r"RssAnon:\s+(\d+)", self._status.read_text(encoding="utf-8")).group(1))

    def _watch(self):
        while not self._over.wait(0.02):
            self._most_kib = max(self._most_kib, self._now())

    def stop_and_tell_growth(self):
        """KiB above what it was at first."""
        self._over.set()
        self._thread.join()
        return self._most_kib - self._first_kib


def family(pid):
    """The process and all that it has started, and those in turn."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="utf-8").split())
    return found


def mappings_with(pid, wanted):
    """The writable mappings in which `wanted` stands, each as the kernel names it."""
    found = []
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            try:
                memory.seek(begin)
                held = memory.read(end - begin)
            except OSError:
                continue  # of a device, or gone
            found += [line] * (wanted in held)
    return found
