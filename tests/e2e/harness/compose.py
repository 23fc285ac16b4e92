"""One Compose project on an engine, by Compose 2 or by Debian's 1.29.2."""

import shutil
from dataclasses import dataclass

from . import paths
from .waiting import Failed, run


def compose_command():
    """Compose 2 as docker's plugin where there is one, else the program docker-compose."""
    if shutil.which("docker"):
        done = run(["docker", "compose", "version"], 10, is_checked=False)
        if done.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise Failed("no Compose here: apt-get install docker-compose")


@dataclass(frozen=True)
class Container:
    id: str        # full
    service: str
    number: int    # Compose's, from 1

    @property
    def host(self):
        """The host name inside, which is how the demo's service names itself."""
        return self.id[:12]


class Compose:
    def __init__(self, engine, project, file=paths.DEMO / "compose.yaml", command=None, variables=None):
        self.engine = engine
        self.project = project
        self.file = file
        self.command = command or compose_command()
        self.variables = variables or {}

    def run(self, *arguments, seconds=120):
        command = [*self.command, "-p", self.project, "-f", str(self.file), *arguments]
        return run(self.engine.inside(command), seconds, {**self.engine.environment, **self.variables})

    def version(self):
        return run([*self.command, "version", "--short"], 10).strip()

    def up(self, *arguments):
        self.run("up", "-d", *arguments)

    def scale(self, service, count):
        self.run("up", "-d", "--no-recreate", "--scale", f"{service}={count}", service)

    def down(self):
        self.run("down", "--timeout", "2")

    def containers(self, service):
        """The service's running containers, by number."""
        form = '{{.ID}}\t{{.Label "com.docker.compose.container-number"}}'
        lines = self.engine.docker(
            "ps", "--no-trunc", "--format", form,
            "--filter", f"label=com.docker.compose.project={self.project}",
            "--filter", f"label=com.docker.compose.service={service}").splitlines()
        found = [Container(line.split("\t")[0], service, int(line.split("\t")[1])) for line in lines]
        return sorted(found, key=lambda container: container.number)
