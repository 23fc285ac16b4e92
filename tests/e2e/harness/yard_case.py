"""Tests that share one yard, and put away after each what it started."""

import os
import signal
import time
import unittest

from . import cases, paths
from .yard import Yard


class YardCase(unittest.TestCase):
    NAME = ""            # of the yard
    ENGINE_OPTIONS = ()  # of the private engine

    @classmethod
    def setUpClass(cls):
        if os.environ.get("FAIRLEAD_E2E_ENGINE"):
            cases.need(paths.ENGINE29 / "dockerd", "./dev setup --engines")
        # Of its own on each engine, so that both may run at once.
        cls.yard = Yard(cls.NAME + os.environ.get("FAIRLEAD_E2E_ENGINE", ""))
        cls.yard.daemon.settings = cls.settings(cls.yard)
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open(engine_options=cls.ENGINE_OPTIONS)
        cls.yard.engine.make_busybox_image()

    @classmethod
    def settings(cls, yard):
        """More keys of the daemon's configuration file; made before it starts."""
        return {}

    def setUp(self):
        self.began = time.time()

    def docker(self, *arguments):
        return self.yard.engine.docker(*arguments)

    def serve(self, *names, **options):
        """Starts managed replicas, which go when the test is over."""
        for name in names:
            self.yard.serve(name, **options)
            self.addCleanup(self.docker, "rm", "-f", name)

    def freeze(self, name):
        """Stops a replica's process as a hang would; it goes on at the end."""
        pid = self.yard.state(name)["Pid"]
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(self.thaw, pid)
        return pid

    @staticmethod
    def thaw(pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def assert_no_act(self):
        """No act of ours since this test, or this round of it, began."""
        acts = [event for event in self.yard.daemon.events(self.began) if event["kind"] == "act-permitted"]
        self.assertEqual(acts, [])
