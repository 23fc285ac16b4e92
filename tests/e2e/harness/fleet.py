"""A fleet for one test: a private engine, fairleadd, and three replicas of the demo's service."""

import shutil
from pathlib import Path

from .compose import Compose
from .daemon import Daemon
from .engine import Engine
from .waiting import poll

SERVICE = "user-service"
PROJECT = "fairlead-e2e"


class Fleet:
    """`name` makes it different from every other fleet on this machine."""

    def __init__(self, name, settings=None):
        self.directory = Path("/var/tmp") / f"fairlead-e2e-{name}"
        self.engine = Engine(self.directory)
        self.daemon = Daemon(self.engine, self.directory / "run", settings)
        self.compose = Compose(self.engine, PROJECT,
                               variables={"FAIRLEAD_XDS_DIR": str(self.daemon.xds_directory)})

    def open(self):
        self.daemon.end_leftover()
        self.engine.start()
        self.engine.build_demo_image()
        self.daemon.start()
        self.compose.up(SERVICE)
        self.wait_in_rotation(3)

    def close(self):
        self.daemon.stop()
        self.engine.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def wait_in_rotation(self, count, seconds=30):
        poll(f"{count} replicas in rotation", seconds,
             lambda: self.daemon.in_rotation(SERVICE) == count, every=0.1)

    def hosts(self):
        """The host names of the running replicas, which is what their answers say."""
        return {container.host for container in self.compose.containers(SERVICE)}

    def bootstrap(self, *arguments):
        """Writes what `fairlead bootstrap ARGUMENTS` prints to a file, unchanged."""
        path = self.directory / ("bootstrap-" + "-".join(arguments).replace("--", "") + ".json")
        path.write_text(self.daemon.fairlead("bootstrap", *arguments))
        return path
