"""A yard for one test: a private engine, fairleadd, and containers started one by one, without Compose."""

import shutil
from pathlib import Path

from .client import HostClient
from .daemon import Daemon
from .engine import Engine
from .waiting import Failed, poll

DEMO_IMAGE = "fairlead-demo:latest"
# Checks that tell within half a second, so that tests need not wait.
QUICK = {"fairlead.health.interval": "200ms", "fairlead.health.timeout": "200ms"}


class Yard:
    """`name` makes it different from every other on this machine."""

    def __init__(self, name, settings=None):
        self.directory = Path("/var/tmp") / f"fairlead-e2e-{name}"
        self.engine = Engine(self.directory)
        self.daemon = Daemon(self.engine, self.directory / "run", settings)

    def open(self, start_daemon=True, engine_options=()):
        self.daemon.end_leftover()
        self.engine.start(*engine_options)
        self.engine.build_demo_image()
        if start_daemon:
            self.daemon.start()

    def close(self):
        self.daemon.stop()
        self.engine.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def run(self, name, labels=None, image=DEMO_IMAGE, command=(), options=()):
        """Starts a container. Returns its id."""
        words = [word for key, value in (labels or {}).items() for word in ("--label", f"{key}={value}")]
        return self.engine.docker("run", "-d", "--name", name, *words, *options, image, *command).strip()

    def serve(self, name, service="api", labels=None, **options):
        """Starts a managed replica of the demo's service. Returns its container's id."""
        return self.run(name, {"fairlead.enable": "true", "fairlead.service": service, "fairlead.port": "50051",
                               **QUICK, **(labels or {})}, **options)

    def client(self, service="api", *flags):
        """Calls `service` from the host until closed."""
        bootstrap = self.daemon.xds_directory / "bootstrap.json"
        return HostClient(self.engine, bootstrap, f"xds:///{service}", *flags)

    def neighbour(self, *names):
        """Serves replicas of these names and calls them from now on. Returns the client, to be closed, and their hostnames."""
        for name in names:
            self.serve(name)
        self.wait_in(*names)
        hosts = [self.engine.inspect(name)["Config"]["Hostname"] for name in names]
        client = self.client()
        try:
            client.wait_spread(hosts, 10)
        except BaseException:
            client.close()
            raise
        return client, hosts

    # --- what is known of a container ------------------------------------------------------------
    def state(self, name):
        """The engine's word: Status, Running, Pid, RestartCount ..."""
        facts = self.engine.inspect(name)
        return {**facts["State"], "RestartCount": facts["RestartCount"]}

    def replica(self, name):
        """fairlead's word; None when it is no replica."""
        return next((r for r in self.daemon.replicas() if r["containerName"] == name), None)

    def wait_replica(self, name, what, wanted, seconds=10):
        """Waits until wanted(replica) holds. Returns the replica."""
        def seen():
            replica = self.replica(name)
            return [replica] if wanted(replica) else None
        try:
            return poll(f"{name} {what}", seconds, seen, every=0.1)[0]
        except Failed as error:
            raise Failed(f"{error}\nlast: {self.replica(name)}\n{self.daemon.tail(30)}") from error

    def wait_replica_of(self, display_name, wanted, seconds=20):
        """The same by fairlead's name for it."""
        def seen():
            replica = next((r for r in self.daemon.replicas() if r["displayName"] == display_name), None)
            return [replica] if wanted(replica) else None
        return poll(f"replica {display_name}", seconds, seen, every=0.1)[0]

    def wait_in(self, *names, seconds=15):
        for name in names:
            self.wait_replica(name, "in rotation", lambda r: r and r["inRotation"], seconds)

    def wait_out(self, name, reason, seconds=10):
        return self.wait_replica(name, f"out({reason})",
                                 lambda r: r and not r["inRotation"] and r["outReason"] == reason, seconds)

    def events_of(self, replica):
        """What is recorded about one replica, oldest first."""
        return [event for event in self.daemon.events() if event["replica"] == replica["displayName"]]
