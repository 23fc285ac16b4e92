"""fairleadd and the fairlead command, as one engine's."""

import json
import os
import signal
from datetime import datetime

from . import paths
from .waiting import Failed, end_process, poll, run


class Daemon:
    """`directory` holds configuration, sockets, state and log; start() after kill() finds them again.
    `settings` are more keys of the configuration file."""

    def __init__(self, engine, directory, settings=None):
        self.engine = engine
        self.directory = directory
        self.xds_directory = directory / "xds"
        self.admin = f"unix://{directory}/admin/admin.sock"
        self.log = directory / "fairleadd.log"
        self.process = None
        self.settings = settings or {}
        self.tcp = "127.0.0.1:18000"
        self.http = "127.0.0.1:18080"

    def _configure(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        config = {
            "engine": {"endpoint": self.engine.endpoint},
            "state_dir": str(self.directory / "state"),
            "discovery": {"listen": [f"unix://{self.xds_directory}/xds.sock", self.tcp]},
            "admin": {"listen": [self.admin]},
            "http": {"listen": [self.http]},
            **self.settings,
        }
        path = self.directory / "config.json"
        path.write_text(json.dumps(config, indent=2) + "\n")
        return path

    def launch(self, *flags):
        """Starts the daemon and waits for nothing."""
        if not paths.FAIRLEADD.exists():
            raise Failed(f"{paths.FAIRLEADD} is missing: ./dev build release")
        config = self._configure()
        with self.log.open("a") as log:
            self.process = self.engine.spawn([paths.FAIRLEADD, "--config", config, *flags],
                                             stdout=log, stderr=log)
        (self.directory / "pid").write_text(str(self.process.pid))

    def start(self):
        self.launch()
        self.wait_phase("serving")

    def kill(self):
        """SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=10):
        """SIGTERM. Returns the exit code."""
        return end_process(self.process, seconds) if self.process else None

    def end_leftover(self):
        """Ends a daemon that an earlier run left in this directory; only if it is really one."""
        try:
            pid = int((self.directory / "pid").read_text())
            command = open(f"/proc/{pid}/cmdline", encoding="utf-8").read()
        except (OSError, ValueError):
            return
        if str(self.directory / "config.json") in command:
            os.kill(pid, signal.SIGKILL)

    def tail(self, count=15):
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-count:])

    # --- the command ---------------------------------------------------------------------------
    def fairlead(self, *arguments, seconds=60):
        """Runs `fairlead --admin ... ARGUMENTS`. Returns stdout; raises Failed otherwise."""
        return run(self.engine.inside([paths.FAIRLEAD, "--admin", self.admin, *arguments]), seconds)

    def ask(self, *arguments, seconds=60):
        """The same, whatever comes of it. Returns exit code, stdout and stderr."""
        done = run(self.engine.inside([paths.FAIRLEAD, "--admin", self.admin, *arguments]), seconds,
                   is_checked=False)
        return done.returncode, done.stdout, done.stderr

    def query(self, *arguments):
        """The JSON values that a command prints with --output json."""
        text, values, decoder, at = self.fairlead(*arguments, "--output", "json"), [], json.JSONDecoder(), 0
        while text[at:].strip():
            at += len(text[at:]) - len(text[at:].lstrip())
            value, at = decoder.raw_decode(text, at)
            values.append(value)
        return values

    def phase(self):
        try:
            return word(self.query("status")[0].get("phase", ""))
        except Failed as error:
            return f"no answer ({str(error).splitlines()[-1]})"

    def replicas(self, *service):
        """The replicas as the API's JSON has them."""
        values = self.query("replicas", *service)
        values = values[0] if len(values) == 1 and isinstance(values[0], list) else values
        return [replica for value in values for replica in value.get("replicas", [value])]

    def in_rotation(self, service):
        """How many replicas of the service, by its short or full name, callers are told about. 0 also while
        the daemon does not know it: a question about that service alone would be refused."""
        def is_of_it(replica):
            full = replica["displayName"].split("/")[0]
            return service in (full, full.split(".")[0])
        return sum(replica["inRotation"] for replica in self.replicas() if is_of_it(replica))

    def wait_phase(self, phase, seconds=20):
        """Waits for a phase of the state model; a daemon that ended meanwhile is told with its log."""
        def reached():
            if self.process and self.process.poll() is not None:
                raise Failed(f"fairleadd ended with {self.process.returncode}:\n{self.tail()}")
            return self.phase() == phase
        try:
            poll(f"fairleadd to be {phase}", seconds, reached, every=0.05)
        except Failed as error:
            raise Failed(f"{error}\nphase: {self.phase()}\n{self.tail()}") from error

    def events(self, since=0.0):
        """Recorded events from `since` on, oldest first, as dicts with at, kind, replica, code, text."""
        events = []
        for value in self.query("events"):
            for item in value if isinstance(value, list) else value.get("events", [value]):
                event = item.get("event", item)
                if "kind" in event:
                    events.append(plain_event(event))
        return [event for event in events if event["at"] >= since]


def word(name):
    """'PHASE_SERVING', 'EVENT_KIND_VIEW_PUBLISHED' or 'serving' as the state model writes it."""
    for prefix in ("PHASE_", "EVENT_KIND_"):
        name = name.removeprefix(prefix)
    return name.lower().replace("_", "-")


def seconds_since_1970(stamp):
    """From RFC 3339 in UTC with any number of decimals, as Go and protobuf write it."""
    if not stamp:
        return 0.0
    whole = datetime.fromisoformat(stamp[:19] + "+00:00").timestamp()
    return whole + (float("0" + stamp[19:].rstrip("Z")) if stamp[19:20] == "." else 0.0)


def plain_event(event):
    return {"at": seconds_since_1970(event.get("time", "")), "kind": word(event["kind"]),
            "replica": event.get("replica", ""), "code": event.get("code", ""), "text": event.get("text", "")}
