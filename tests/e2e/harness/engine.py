"""A Docker Engine: a private one in a network namespace of its own, or the one that answers."""

import json
import os
import shutil
import signal
import socket
import subprocess

from . import paths
from .waiting import Failed, poll, run


def answering_endpoint():
    """The endpoint of an engine that answers this machine's client, or None."""
    endpoint = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if shutil.which("docker") is None:
        return None
    try:
        done = run(["docker", "version", "--format", "{{.Server.Version}}"], 5, is_checked=False)
    except Failed:
        return None
    return endpoint if done.returncode == 0 else None


def is_alive(pid):
    """False also for a process that has ended and that nobody has reaped."""
    try:
        stat = open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace").read()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def chosen_options():
    """What a private engine is started with, and its own flags: FAIRLEAD_E2E_ENGINE=29 names another
    than Debian's."""
    if os.environ.get("FAIRLEAD_E2E_ENGINE", "") != "29":
        return [], []
    # Debian's runc does not know the namespaces that this engine asks for.
    return (["--engine", paths.ENGINE29 / "dockerd"],
            ["--add-runtime", f"fresh={paths.ENGINE29 / 'runc'}", "--default-runtime", "fresh"])


class Engine:
    """One engine and the network that it lives in. `directory` holds everything a private one has."""

    def __init__(self, directory, endpoint=None):
        self.directory = directory
        self.name = directory.name
        self.is_private = endpoint is None
        self.endpoint = endpoint or f"unix://{directory}/docker.sock"

    def start(self, *options, flags=()):
        """`options` of the private engine: --live-restore; `flags` of dockerd itself. Nothing of an earlier
        run that was interrupted is left: neither its engine nor its containers."""
        if self.is_private:
            run([paths.PRIVATE_ENGINE, "stop", self.name, self.directory], 60)
            self._start(*options, flags=flags)

    def _start(self, *options, flags=()):
        before, after = chosen_options()
        run([paths.PRIVATE_ENGINE, "start", self.name, self.directory, *before, *options, "--", *after, *flags], 60)

    def send_signal(self, number):
        """A signal to the engine itself. Returns its pid."""
        pid = int((self.directory / "pid").read_text())
        os.kill(pid, number)
        return pid

    def shut_down(self, number=signal.SIGTERM):
        """SIGTERM to the daemon, as the host's service manager does, and waits for its end."""
        pid = self.send_signal(number)
        poll(f"the engine {pid} to end", 40, lambda: not is_alive(pid), 0.05)

    def start_again(self, *options, flags=()):
        """After shut_down: the same engine with the same containers."""
        self._start("--keep-containers", *options, flags=flags)

    def rename_often(self, container, times):
        """`times` renames over one connection, as fast as the engine goes; the last name stays."""
        self.post_often([(f"/containers/{container}/rename?name=renamed-{number}", b"") for number in range(times)])

    def prepare_exec_often(self, container, times):
        """`times` events like those of a HEALTHCHECK, which run nothing: some 6,000 a second."""
        self.post_often([(f"/containers/{container}/exec", b'{"Cmd": ["true"]}')] * times)

    def post_often(self, requests):
        """POSTs (path, JSON) pairs over one connection, one after the other; each must succeed."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.endpoint.removeprefix("unix://"))
            replies = peer.makefile("rb")
            for path, body in requests:
                peer.sendall(f"POST {path} HTTP/1.1\r\nHost: engine\r\nContent-Type: application/json\r\n"
                             f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                status, length = replies.readline(), 0
                if b" 20" not in status:
                    raise Failed(f"POST {path}: {status!r}")
                while line := replies.readline().strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                replies.read(length)

    def stop(self):
        if self.is_private:
            run([paths.PRIVATE_ENGINE, "stop", self.name, self.directory], 60)
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def environment(self):
        """For clients of this engine. The classic builder: Debian has no plugin for the other."""
        return {**os.environ, "DOCKER_HOST": self.endpoint, "DOCKER_BUILDKIT": "0",
                "COMPOSE_DOCKER_CLI_BUILD": "0", "COMPOSE_PROGRESS": "plain"}

    def inside(self, command):
        """The command as it must be run to share the engine's network."""
        if not self.is_private:
            return list(command)
        return ["nsenter", f"--net=/run/netns/{self.name}", *command]

    def docker(self, *arguments, seconds=60):
        return run(self.inside(["docker", *arguments]), seconds, self.environment)

    def spawn(self, command, **options):
        """Starts a long-lived command in the engine's network, in a process group of its own."""
        return subprocess.Popen([str(part) for part in self.inside(command)], start_new_session=True,
                                env=self.environment, **options)

    def inspect(self, container):
        return json.loads(self.docker("inspect", container))[0]

    def version(self):
        return self.docker("version", "--format", "{{.Server.Version}}").strip()

    def build_demo_image(self):
        self.docker("build", "-q", "-t", "fairlead-demo:latest", "-f", paths.DEMO / "Dockerfile",
                    paths.DEMO_PROGRAMS, seconds=120)

    def make_busybox_image(self):
        """busybox:latest, without a registry; needs a private engine."""
        run([paths.PRIVATE_ENGINE, "image", self.directory, "busybox"], 60)
