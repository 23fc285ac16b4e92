"""fairleadd as people install it: the image, by deploy/compose.yaml, on a private engine."""

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from . import cases, paths
from .compose import Compose
from .daemon import Daemon
from .engine import Engine
from .waiting import run

IMAGE = "fairlead"


class ContainerDaemon(Daemon):
    """The daemon in its container `service`, one of deploy/compose.yaml. Asked from the host, like any other."""

    def __init__(self, engine, directory, service="fairlead", file=paths.DEPLOY / "compose.yaml", command=None):
        super().__init__(engine, directory / "run")
        self.service = service
        self.config = directory / "config"
        self.compose = Compose(engine, "fairlead", file, command or [str(paths.COMPOSE2)], {
            "FAIRLEAD_VERSION": "test", "FAIRLEAD_ENGINE_DIR": str(directory / "api"),
            "FAIRLEAD_RUN_DIR": str(self.directory), "FAIRLEAD_CONFIG_DIR": str(self.config)})

    def launch(self, *flags):
        self.config.mkdir(parents=True, exist_ok=True)
        if self.settings:
            (self.config / "config.json").write_text(json.dumps(self.settings))
        self.compose.up(*flags, self.service)

    def kill(self):
        self.engine.docker("kill", self.service)

    def stop(self, seconds=15):
        self.compose.run("stop", "--timeout", str(seconds), self.service)
        return self.engine.inspect(self.service)["State"]["ExitCode"]

    def inside(self, *command):
        """Runs a program of the image in the daemon's container."""
        return self.engine.docker("exec", self.service, *command)

    def tail(self, count=15):
        done = run(self.engine.inside(["docker", "logs", "--tail", str(count), self.service]), 10,
                   self.engine.environment, is_checked=False)
        return done.stdout + done.stderr


class Site:
    """A host for one test: a private engine with the images, and what deploy/ puts on it. `name` makes it
    different from every other on this machine."""

    def __init__(self, name):
        self.directory = Path("/var/tmp") / f"fairlead-e2e-{name}"
        self.engine = Engine(self.directory)
        self.daemon = ContainerDaemon(self.engine, self.directory)

    def open(self):
        cases.need(paths.COMPOSE2, "./dev setup --clients")
        self.start_engine()
        self.engine.build_demo_image()
        self.build_image()

    def start_engine(self):
        # Its socket is alone in a folder, as the whole folder is mounted.
        (self.directory / "api").mkdir(parents=True, exist_ok=True)
        self.engine.start("--live-restore", flags=self._flags)

    @property
    def _flags(self):
        return ("-H", f"unix://{self.directory}/api/docker.sock")

    def restart_engine(self):
        """As an upgrade of the engine does it: containers run on, and its socket is another one afterwards."""
        self.engine.shut_down()
        self.engine.start_again("--live-restore", flags=self._flags)

    def build_image(self, *tags, version="test"):
        """The image from the release build, in the way of ./dev image."""
        root = self.directory / "image"
        run([sys.executable, paths.DEPLOY / "image_root.py", paths.BUILD, root], 120)
        names = [word for tag in tags or ("test",) for word in ("-t", f"{IMAGE}:{tag}")]
        self.engine.docker("build", "-q", "-f", paths.DEPLOY / "Dockerfile", "--target", "prebuilt", *names,
                           "--build-arg", f"VERSION={version}", root, seconds=120)
        return root

    def make_program_image(self, name, program, entrypoint, place=None):
        """An image of one program of this machine, at `place` in it, and the libraries that it loads: what
        stands for an image of others where there is no registry."""
        loaded = re.findall(r"(/\S+) \(0x", run(["ldd", program], is_checked=False).stdout)
        with tempfile.TemporaryDirectory() as directory:
            for path, place in [(program, place or program), *((path, path) for path in loaded)]:
                target = Path(directory) / str(place).lstrip("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            archive = self.directory / "program.tar"
            run(["tar", "-C", directory, "-cf", archive, "."], 60)
        self.engine.docker("import", "--change", f"ENTRYPOINT {json.dumps(entrypoint)}", str(archive), name)

    def project(self, name, file, **variables):
        """A Compose project whose clients come to this site's daemon."""
        return Compose(self.engine, name, file, self.daemon.compose.command,
                       {"FAIRLEAD_XDS_DIR": str(self.daemon.xds_directory), **variables})

    def close(self):
        self.engine.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
