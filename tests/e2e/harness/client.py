"""What a demo client says: its JSON lines, followed as they come. See manifests/demo/client.cc."""

import json
import subprocess
import threading

from . import paths
from .waiting import end_process, poll


class ClientLog:
    """Follows one client container's output in a thread of its own. Times are seconds since 1970."""

    def __init__(self, engine, container, on_record=None):
        self._begin(engine, ["docker", "logs", "--follow", container.id], on_record)

    def _begin(self, engine, command, on_record=None):
        self._records = []
        self._lock = threading.Lock()
        self._on_record = on_record
        self._process = engine.spawn(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self):
        for line in self._process.stdout:
            if not line.startswith("{"):
                continue
            record = json.loads(line)
            with self._lock:
                self._records.append(record)
            if self._on_record:
                self._on_record(record)

    def close(self):
        end_process(self._process, 2)
        self._thread.join(2)

    def mark(self):
        """The place in the log now; records(mark) gives what came after it."""
        with self._lock:
            return len(self._records)

    def records(self, mark=0, kind=None):
        with self._lock:
            return [r for r in self._records[mark:] if kind in (None, r["kind"])]

    def wait_second(self, seconds=5):
        """Waits for the next line of a second that began after now; so all ended calls are told."""
        mark = self.mark()
        poll("two seconds told by the client", seconds,
             lambda: len(self.records(mark, "second")) >= 2)

    def wait_record(self, what, mark, seconds, wanted):
        """The first record after `mark` that wanted() likes."""
        return poll(what, seconds, lambda: next(filter(wanted, self.records(mark)), None))

    def wait_spread(self, hosts, seconds):
        """Waits for a second in which exactly these replicas answered and nothing failed."""
        hosts, mark = set(hosts), self.mark()

        def is_spread(record):
            return record["kind"] == "second" and record["failed"] == 0 and set(record["replicas"]) == hosts
        return self.wait_record(f"a second of calls spread over {sorted(hosts)}", mark, seconds, is_spread)

    def failed(self, mark=0):
        """The calls that failed after `mark`, told to the end."""
        self.wait_second()
        return self.records(mark, "failed")


class HostClient(ClientLog):
    """The demo's client as a process of the host, in the engine's network."""

    def __init__(self, engine, bootstrap, target, *flags):
        super()._begin(engine, ["env", f"GRPC_XDS_BOOTSTRAP={bootstrap}", paths.DEMO_CLIENT,
                                f"--target={target}", *flags])
