"""Our own prober, the real one, in a program of its own (stock_probe.cc), and everything it told."""

import asyncio
import json
import time

from harness import paths

PROGRAM = paths.BUILD / "tests" / "contract" / "stock_probe"


class Told:
    """What the prober told about one service of one port, in order."""

    def __init__(self):
        self.outcomes = []  # dictionaries, as stock_probe.cc writes them
        self.closed = []  # times, in seconds of the monotonic clock
        self._changed = asyncio.Event()

    def add(self, line):
        at = line["at_ns"] / 1e9
        if line["what"] == "closed":
            self.closed.append(at)
        else:
            self.outcomes.append({**line, "at": at})
        self._changed.set()

    async def first(self, check_class, since, seconds=10):
        """The first outcome of that class after the time `since`, or None after `seconds`."""
        end, seen = time.monotonic() + seconds, 0
        while True:
            for outcome in self.outcomes[seen:]:
                if outcome["class"] == check_class and outcome["at"] >= since:
                    return outcome
            seen = len(self.outcomes)
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), max(0, end - time.monotonic()))
            except asyncio.TimeoutError:
                return None


class Probe:
    """Asks the service "" each 100 ms, and is told by Watch about "toggled"."""

    def __init__(self):
        self.told = {}  # (port, service) -> Told
        self._process = None
        self._reading = None

    async def start(self, ports):
        self.told = {(port, service): Told() for port in ports for service in ("", "toggled")}
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM), *map(str, ports), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
        self._reading = asyncio.ensure_future(self._read())

    async def _read(self):
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            self.told[told["port"], told["service"]].add(told)

    async def stop(self):
        """Ends it as it should end, and gives its exit code: a sanitizer has its say here."""
        self._process.stdin.close()
        await asyncio.wait_for(self._reading, 10)
        return await asyncio.wait_for(self._process.wait(), 10)
