"""The certificates between services are replaced a thousand times while they call each other 200 times a second in all:
those of three replicas, each in a manner of its own, of their callers, and of the daemon that checks them; and beside
them those that fairlead itself writes and renews. Callers are C-core 1.51, grpcio and an Envoy. No call fails."""

import json
import os
import subprocess
import time

from harness import cases, paths
from harness.authority import Authority
from harness.client import HostClient
from harness.python_container import python_mounts
from harness.rotation import by_rename, by_symlink, in_place
from harness.waiting import end_process, poll, run
from harness.yard_case import YardCase

ROTATIONS = 20_000 if "FAIRLEAD_SOAK" in os.environ else 1000
APART = 0.04        # seconds from one to the next
CALLER_EVERY = 25   # rotations; their libraries look once a second
PAIRS = 8
TLS = 50052
MANNERS = {"api-1": by_rename, "api-2": in_place, "api-3": by_symlink}
LIFETIME = 30       # seconds, of what fairlead writes: the least there is, renewed at two thirds
RATES = {"cpp": 50, "python": 50, "envoy": 50, "cpp of auto": 25, "python of auto": 25}
SLOWEST = 5         # seconds that a call may have waited for a connection
ENVOY_LISTENER = "127.0.0.1:10000"
READS_OFTEN = ('"refresh_interval": "60s"', '"refresh_interval": "1s"')


class ServiceRotation(YardCase):
    NAME = "service-rotation"

    @classmethod
    def settings(cls, yard):
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        cases.need(paths.ENVOY, "./dev setup --clients")
        yard.directory.mkdir(parents=True, exist_ok=True)
        cls.folder = yard.directory / "certificates"
        authorities = [Authority(cls.folder / f"root-{number}", f"root {number}") for number in range(2)]
        cls.trusted = "".join(authority.ca.read_text() for authority in authorities)
        cls.pairs, cls.callers = ([authorities[number % 2].issue(f"{name}-{number}", f"DNS:{name},DNS:{name}.default")
                                   for number in range(PAIRS)] for name in ("api", "web"))
        for name, replace in (*MANNERS.items(), ("web", by_symlink), ("checker", by_rename)):
            cls.mount(name, replace, cls.callers[0] if name in ("web", "checker") else cls.pairs[0])
        cls.stranger = Authority(cls.folder / "elsewhere", "another root")
        cls.certs = yard.daemon.directory / "certs"
        own = {end: str(cls.folder / "checker" / file) for end, file in (("cert", "tls.crt"), ("key", "tls.key"), ("ca", "ca.crt"))}
        return {"tls_profiles": {"services": own}, "service_tls": {"dir": str(cls.certs), "lifetime": f"{LIFETIME}s"},
                "envoy": {"listeners": [{"name": "edge", "address": ENVOY_LISTENER}]}}

    @classmethod
    def mount(cls, name, replace, pair):
        (cls.folder / name).mkdir()
        (cls.folder / name / "ca.crt").write_text(cls.trusted)
        replace(cls.folder / name, pair)

    def start(self, name, service, tls, directory, *, is_python=True):
        labels = {"fairlead.tls": tls, "fairlead.tls.port": str(TLS)}
        mount = ["-v", f"{directory}:/certs:ro", "--user", "0:0"]
        if is_python:
            options, command = python_mounts(paths.TLS_SERVER)
            self.serve(name, service=service, labels=labels, image="busybox:latest", command=command, options=[*mount, *options])
        else:
            self.serve(name, service=service, labels=labels, options=mount,
                       command=["--listen=", f"--tls-listen=0.0.0.0:{TLS}"])

    def start_replicas(self):
        for name in MANNERS:
            self.start(name, "api", "files:services", self.folder / name)
        # Who has a certificate of fairlead's is a service, also one that only calls.
        self.docker("create", "--name", "caller", "--user", "0:0", "--label", "fairlead.enable=true",
                    "--label", "fairlead.service=web", "--label", "fairlead.port=1", "--label", "fairlead.tls=auto",
                    "busybox:latest", "true")
        self.addCleanup(self.docker, "rm", "-f", "caller")
        self.start("own-1", "own", "auto", self.certs / "default" / "own")
        self.start("own-2", "own", "auto", self.certs / "default" / "own", is_python=False)
        self.yard.wait_in(*MANNERS, "own-1", "own-2", seconds=30)
        self.replicas = {"api": [self.host(name) for name in MANNERS], "own": [self.host("own-1"), self.host("own-2")]}

    def host(self, name):
        return self.yard.engine.inspect(name)["Config"]["Hostname"]

    def bootstrap(self, kind, directory):
        file = self.yard.directory / f"bootstrap-{kind}{str(directory).replace('/', '-')}.json"
        text = self.yard.daemon.fairlead("bootstrap", kind, "--tls-dir", str(directory))
        file.write_text(text.replace(*READS_OFTEN))
        return file

    def call_by_cpp(self, who, service, directory):
        client = HostClient(self.yard.engine, self.bootstrap("grpc", directory), f"xds:///{service}", "--tls=true",
                            f"--rate={RATES[who]}", "--work_ms=1")
        self.addCleanup(client.close)
        return client

    def call_by_python(self, who, target, *flags, directory=None):
        """grpcio calls until end() is called; the returned function waits for what it has to tell."""
        setting = [f"GRPC_XDS_BOOTSTRAP={self.bootstrap('grpc', directory)}"] if directory else []
        begun = self.yard.directory / f"begun-{who.replace(' ', '-')}"
        process = self.yard.engine.spawn(["env", *setting, paths.CLIENTS / "python", paths.CALLS, target, "--calls=0",
                                          f"--rate={RATES[who]}", f"--settled={self.end}", "--settled-seconds=1", f"--begun={begun}", *flags],
                                         stdout=subprocess.PIPE, text=True)
        self.addCleanup(end_process, process, 5)
        poll(f"{who} to be answered", 30, begun.exists)
        return lambda: json.loads(process.communicate(timeout=60)[0])

    def start_envoy(self):
        log = self.enterContext((self.yard.directory / "envoy.log").open("w"))
        envoy = self.yard.engine.spawn([paths.ENVOY, "-c", self.bootstrap("envoy", self.folder / "web"), "--use-dynamic-base-id",
                                        "--concurrency", "1"], stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, envoy, 5)

    def rotate(self):
        """Replaces everybody's certificate so many times. Returns the seconds that it took."""
        began = time.monotonic()
        for number in range(ROTATIONS):
            time.sleep(max(0, began + number * APART - time.monotonic()))
            for name, replace in MANNERS.items():
                replace(self.folder / name, self.pairs[(number + 1) % PAIRS])
            by_rename(self.folder / "checker", self.callers[(number + 1) % PAIRS])
            if number % CALLER_EVERY == 0:
                by_symlink(self.folder / "web", self.callers[number // CALLER_EVERY % PAIRS])
        return time.monotonic() - began

    def seen_by(self, name):
        """What a server of tls_server.py last told."""
        return json.loads(self.docker("logs", "--tail", "1", name))

    def test_a_thousand_of_services_and_callers_and_what_fairlead_renews(self):
        self.end = self.yard.directory / "end"
        self.start_replicas()
        self.start_envoy()
        web, own = self.folder / "web", self.certs / "default" / "web"
        clients = {"cpp": (self.call_by_cpp("cpp", "api", web), "api"),
                   "cpp of auto": (self.call_by_cpp("cpp of auto", "own", own), "own")}
        told = {"python": self.call_by_python("python", "xds:///api", "--tls", "--calls-each=5", directory=web),
                "envoy": self.call_by_python("envoy", ENVOY_LISTENER, "--authority=api.default"),
                "python of auto": self.call_by_python("python of auto", "xds:///own", "--tls", "--calls-each=5", directory=own)}
        for client, service in clients.values():
            client.wait_spread(self.replicas[service], 20)
        marks = {who: client.mark() for who, (client, _) in clients.items()}
        seconds = self.rotate()
        self.end.touch()
        for who, (client, _) in clients.items():
            self.assertEqual(client.failed(marks[who]), [], who)
            calls = sum(second["ok"] for second in client.records(marks[who], "second"))
            print(f"{who}: {calls} calls, none failed")
            self.assertGreater(calls, 0.9 * seconds * RATES[who], who)
        for who, tell in told.items():
            said = tell()
            print(f"{who}: {said['calls']} calls, {len(said['failures'])} failed, the slowest took {said['slowest']:.2f} s")
            self.assertEqual(said["failures"], [], who)
            self.assertGreater(said["calls"], 0.9 * seconds * RATES[who], who)
            self.assertLess(said["slowest"], SLOWEST, who)
        for name in (*MANNERS, "own-1"):
            seen = self.seen_by(name)
            print(f"{name}: {seen} in {seconds:.0f} s")
            self.assertGreater(seen["connections"], seconds, name)
            is_own = name == "own-1"
            self.assertGreaterEqual(seen["changes"], seconds // LIFETIME + 1 if is_own else 2 * seconds, name)
            self.assertGreaterEqual(seen["callers"], 2 if is_own else PAIRS, name)
        moves = [event["code"] for event in self.yard.daemon.events(self.began) if event["kind"] == "rotation-changed"]
        self.assertGreaterEqual(moves.count("in"), len(MANNERS) + 2)
        self.assertEqual([code for code in moves if "tls" in code], [], "the daemon's own checks believe and are believed")

    def test_callers_that_do_not_know_the_authority_are_not_answered(self):
        self.start("api-1", "api", "files:services", self.folder / "api-1")
        self.yard.wait_in("api-1", seconds=30)
        self.mount("apart", by_symlink, self.callers[0])
        (self.folder / "apart" / "ca.crt").write_bytes(self.stranger.ca.read_bytes())
        client = self.call_by_cpp("cpp", "api", self.folder / "apart")
        poll("calls to fail", 20, lambda: len(client.records(0, "failed")) > 10)
        self.assertEqual([second["replicas"] for second in client.records(0, "second") if second["replicas"]], [])


if __name__ == "__main__":
    cases.main()
