"""Services that speak TLS, and callers that learn of it from discovery: a real C-core 1.51, a newer grpcio and an Envoy
call them with certificates on both sides; who is not who is expected is refused; a service goes from plaintext to TLS
under calls, as `fairlead tls SERVICE` says step by step; and what crosses the bridge then is TLS."""

import json
import subprocess

from harness import cases, paths
from harness.authority import Authority
from harness.capture import Capture
from harness.client import HostClient
from harness.waiting import end_process, poll, run
from harness.yard_case import YardCase

PLAIN, TLS = 50051, 50052
ENVOY_LISTENER = "127.0.0.1:10000"


class ServiceTls(YardCase):
    NAME = "service-tls"

    @classmethod
    def settings(cls, yard):
        yard.directory.mkdir(parents=True, exist_ok=True)
        folder = yard.directory / "certificates"
        cls.authority = Authority(folder / "root", "service root")
        cls.stranger = Authority(folder / "other", "another root")
        cls.own = cls.mount(folder / "own", cls.authority, "api", "DNS:api,DNS:api.default")
        cls.other_name = cls.mount(folder / "name", cls.authority, "cart", "DNS:cart,DNS:cart.default")
        cls.other_root = cls.mount(folder / "strange", cls.stranger, "api", "DNS:api,DNS:api.default")
        cls.caller = cls.mount(folder / "caller", cls.authority, "web", "DNS:web,DNS:web.default")
        files = {"cert": str(cls.caller / "tls.crt"), "key": str(cls.caller / "tls.key"), "ca": str(cls.caller / "ca.crt")}
        return {"tls_profiles": {"services": files},
                "envoy": {"listeners": [{"name": "edge", "address": ENVOY_LISTENER}]}}

    @classmethod
    def mount(cls, folder, authority, name, names):
        """A directory as containers mount it, of a certificate for `names`."""
        folder.mkdir()
        for file, mounted in zip((*authority.issue(name, names), cls.authority.ca), ("tls.crt", "tls.key", "ca.crt")):
            (folder / mounted).write_bytes(file.read_bytes())
            (folder / mounted).chmod(0o600)
        return folder

    def replicas(self, *names, mode=None, certs=None):
        """Starts replicas: in plaintext, permissive or strict."""
        labels, command, options = {}, [f"--listen=0.0.0.0:{PLAIN}"], []
        if mode:
            labels = {"fairlead.tls": "files:services", "fairlead.tls.port": str(TLS), "fairlead.tls.mode": mode}
            options = ["-v", f"{certs or self.own}:/certs:ro"]
            command = [f"--listen=0.0.0.0:{PLAIN}" if mode == "permissive" else "--listen=", f"--tls-listen=0.0.0.0:{TLS}"]
        for name in names:
            self.serve(name, labels=labels, command=command, options=options)

    def replace(self, old, new, mode):
        """One replica after the other, the new one in before the old one goes."""
        for before, after in zip(old, new):
            self.replicas(after, mode=mode)
            self.yard.wait_in(after)
            self.yard.daemon.fairlead("drain", self.yard.replica(before)["displayName"], "--force", "--reason", "test")
            self.docker("rm", "-f", before)

    def bootstrap(self, kind, *flags):
        file = self.yard.directory / f"bootstrap-{kind}{'-'.join(flags).replace('/', '_')}.json"
        file.write_text(self.yard.daemon.fairlead("bootstrap", kind, *flags))
        return file

    def tls_bootstrap(self, kind):
        return self.bootstrap(kind, "--tls-dir", str(self.caller))

    def calling(self, *flags, tls=True):
        """The demo's client (C-core 1.51) calls 200 times a second until the test ends."""
        bootstrap = self.tls_bootstrap("grpc") if tls else self.bootstrap("grpc")
        client = HostClient(self.yard.engine, bootstrap, "xds:///api", "--rate=200", "--work_ms=1",
                            f"--tls={'true' if tls else 'false'}", *flags)
        self.addCleanup(client.close)
        return client

    def hosts(self, *names):
        return {self.yard.engine.inspect(name)["Config"]["Hostname"] for name in names}

    def steps(self):
        return self.yard.daemon.fairlead("tls", "api.default")

    def test_a_service_goes_from_plaintext_to_tls_and_no_call_fails(self):
        self.replicas("p1", "p2")
        self.yard.wait_in("p1", "p2")
        self.assertIn("0 speak TLS alone, 0 TLS and plaintext, 2 plaintext alone", self.steps())
        client, old = self.calling(), self.calling(tls=False)
        for one in (client, old):
            one.wait_spread(self.hosts("p1", "p2"), 20)
        mark, old_mark = client.mark(), old.mark()

        self.replace(("p1", "p2"), ("b1", "b2"), "permissive")
        for one in (client, old):
            one.wait_spread(self.hosts("b1", "b2"), 20)
        text = poll("the caller with TLS to use it", 20,
                    lambda: "uses TLS" in self.steps() and self.steps())
        self.assertIn("next: 1 of 2 callers cannot speak TLS", text)
        self.assertEqual(client.failed(mark), [])
        self.assertEqual(old.failed(old_mark), [])
        old.close()
        poll("the other to be gone", 20, lambda: "set fairlead.tls.mode=strict" in self.steps())

        self.replace(("b1", "b2"), ("s1", "s2"), "strict")
        client.wait_spread(self.hosts("s1", "s2"), 20)
        self.assertEqual(client.failed(mark), [])
        self.assertIn("next: none; it is done", self.steps())

        capture = Capture(self.yard.engine, (PLAIN, TLS), 3)
        self.addCleanup(capture.close)
        again = self.calling("--calls=200")
        again.wait_spread(self.hosts("s1", "s2"), 20)
        capture.assert_tls_only(self, packets=100)

        late = self.calling("--calls=20", tls=False)
        poll("a caller without TLS to fail", 20, lambda: late.records(0, "failed"))
        self.assertIn("it speaks TLS only, and this client's bootstrap has none",
                      self.yard.daemon.fairlead("clients", "--output", "json"))

    def test_who_is_not_expected_is_not_called_and_not_in_rotation(self):
        self.replicas("good", mode="strict")
        self.replicas("named", mode="strict", certs=self.other_name)
        self.replicas("strange", mode="strict", certs=self.other_root)
        self.yard.wait_in("good")
        for name, words in (("named", "api.default"), ("strange", "not signed by")):
            replica = self.yard.wait_replica(name, "to be misconfigured", lambda r: r and "tls" in r.get("outReason", ""))
            self.assertIn(words, replica["lastCheck"]["detail"])

    def test_grpcio_and_envoy_call_it_too(self):
        for program in (paths.CLIENTS / "python", paths.ENVOY):
            cases.need(program, "./dev setup --clients")
        self.replicas("e1", "e2", mode="strict")
        self.yard.wait_in("e1", "e2")
        hosts = self.hosts("e1", "e2")
        environment = {**self.yard.engine.environment, "GRPC_XDS_BOOTSTRAP": str(self.tls_bootstrap("grpc"))}
        call = [str(paths.CLIENTS / "python"), str(paths.CALLS), "--calls=100", "--replicas=2"]
        said = json.loads(run(self.yard.engine.inside([*call, "xds:///api", "--tls"]), 60, environment))
        self.assertEqual((said["failures"], set(said["replicas"])), ([], hosts))

        log = self.enterContext((self.yard.directory / "envoy.log").open("w"))
        envoy = self.yard.engine.spawn([paths.ENVOY, "-c", self.tls_bootstrap("envoy"), "--use-dynamic-base-id",
                                        "--concurrency", "1"], stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, envoy, 5)
        said = json.loads(run(self.yard.engine.inside([*call, ENVOY_LISTENER, "--authority=api.default"]), 60))
        told = (self.yard.directory / "envoy.log").read_text(errors="replace")
        self.assertEqual((said["failures"], set(said["replicas"])), ([], hosts), told[-3000:])
        self.assertNotIn(" rejected: ", told)


if __name__ == "__main__":
    cases.main()
