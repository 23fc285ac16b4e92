"""The stage: an engine, fairleadd, the Compose project and its two clients, set up and taken down."""

import json
import shutil
import time

from harness.client import ClientLog
from harness.compose import Compose
from harness.daemon import Daemon, seconds_since_1970
from harness.engine import Engine, answering_endpoint
from harness.waiting import Failed, poll

PROJECT = "fairlead-demo"
SERVICE = "user-service"
REPLICAS = 3
# The kinds of events that say what fairlead decided; the others are what it saw.
TOLD = ("rotation-changed", "repair-changed", "act-permitted", "act-finished", "phase-changed")


class Stage:
    """Everything of one run is under `directory`, and is gone after close()."""

    def __init__(self, directory, screen, compose_command=None, is_private=False):
        self.directory = directory
        self.screen = screen
        # Where an earlier run left a private engine (--keep), this run's is private too.
        is_private = is_private or (directory / "docker.sock").exists()
        endpoint = None if is_private else answering_endpoint()
        self.engine = Engine(directory, endpoint)
        self.daemon = Daemon(self.engine, directory / "run")
        self.compose = Compose(self.engine, PROJECT, command=compose_command,
                               variables={"FAIRLEAD_XDS_DIR": str(self.daemon.xds_directory)})
        self.xds = None
        self.dns = None

    def open(self):
        self.screen.title("Setting the stage")
        self.daemon.end_leftover()
        self.engine.start()
        if not self.engine.is_private:
            self.compose.down()  # what an earlier run may have left on an engine that stays
        self.screen.note(f"Docker Engine {self.engine.version()}"
                         f"{', private, in its own network namespace' if self.engine.is_private else ''}")
        self.engine.build_demo_image()
        self.daemon.start()
        self.screen.note("fairleadd is serving")
        self.compose.up()
        self.screen.note(f"Compose {self.compose.version()}: {REPLICAS} replicas of {SERVICE}, "
                         "client on xds:///, client on dns:///")
        self.xds = ClientLog(self.engine, self._only("client"), self.screen.second)
        self.dns = ClientLog(self.engine, self._only("client-dns"))
        self.wait_spread(REPLICAS, 30)

    def _only(self, service):
        return poll(f"the container of {service}", 10, lambda: self.compose.containers(service))[0]

    def close(self):
        """Takes everything down that open() put up, in whatever state it is."""
        for log in filter(None, (self.xds, self.dns)):
            log.close()
        steps = [self.daemon.stop]
        # A private engine takes its containers along.
        steps += [] if self.engine.is_private else [self.compose.down]
        steps += [self.engine.stop]
        for step in steps:
            try:
                step()
            except Failed as error:
                self.screen.say(f"cleaning up: {error}")
        shutil.rmtree(self.directory, ignore_errors=True)

    # --- the replicas --------------------------------------------------------------------------
    def replicas(self):
        return self.compose.containers(SERVICE)

    def replica(self, number):
        for container in self.replicas():
            if container.number == number:
                return container
        raise Failed(f"{SERVICE} has no running replica {number}")

    def name(self, container):
        return f"{SERVICE}.{PROJECT}/{container.number}"

    def wait_spread(self, count, seconds):
        """Waits until `count` replicas run and each answers its share, with no failed call."""
        replicas = poll(f"{count} replicas running", seconds,
                        lambda: (lambda seen: seen if len(seen) == count else None)(self.replicas()))
        self.screen.numbers = {container.host: container.number for container in replicas}
        self.xds.wait_spread(self.screen.numbers, seconds)
        return replicas

    def init_pid(self, container):
        return self.engine.inspect(container.id)["State"]["Pid"]

    def started_at(self, container):
        """Seconds since 1970, as the engine says it."""
        return seconds_since_1970(self.engine.inspect(container.id)["State"]["StartedAt"])

    def finished_at(self, container):
        return seconds_since_1970(self.engine.inspect(container.id)["State"]["FinishedAt"])

    def set_serving(self, container, is_serving):
        """Turns the replica's own health. Returns when it did, by its clock (this machine's)."""
        said = self.engine.docker("exec", container.id, "/user_service",
                                  f"--set-serving={str(is_serving).lower()}")
        return json.loads(said)["at"]

    def events(self, since):
        """What fairlead says that it did and why, with `after` in seconds since `since`."""
        try:
            events = self.daemon.events(since)
        except Failed as error:
            self.screen.note(f"no events: {str(error).splitlines()[-1]}")
            return []
        return [{"after": round(event["at"] - since, 3), **event} for event in events if event["kind"] in TOLD]

    def watch(self, seconds):
        """Lets the clients call on for a while: an act's own length, not a wait for something."""
        time.sleep(seconds)
