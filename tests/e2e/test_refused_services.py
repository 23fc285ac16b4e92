"""Between services: a server that callers do not believe, and a caller whom a server does not. What C-core 1.51, grpcio and
an Envoy say, and what `fairlead explain` says of the check that makes the same mistake or finds it."""

import json
import re
import subprocess
from datetime import timedelta

from harness import cases, paths
from harness.authority import Authority
from harness.client import HostClient
from harness.waiting import end_process, poll, run
from harness.yard_case import YardCase

TLS = 50052
LISTENER = "127.0.0.1:10000"
DAY, PAST = timedelta(days=1), -timedelta(hours=1)
SANS_DIFFER = "SANs from certificate did not match"


class RefusedServices(YardCase):
    NAME = "refused-services"

    @classmethod
    def settings(cls, yard):
        for tool in (paths.CLIENTS / "python", paths.ENVOY):
            cases.need(tool, "./dev setup --clients")
        cls.folder = yard.directory / "certificates"
        cls.authority = Authority(cls.folder / "root", "service root")
        cls.stranger = Authority(cls.folder / "elsewhere", "another root")
        names = "DNS:{0},DNS:{0}.default"
        for owner, authority, name, until in (
                ("good", cls.authority, "good", DAY), ("strange", cls.stranger, "strange", DAY), ("named", cls.authority, "cart", DAY),
                ("late", cls.authority, "late", PAST), ("web", cls.authority, "web", DAY), ("outsider", cls.stranger, "web", DAY),
                ("stale", cls.authority, "web", PAST)):
            cls.mount(owner, authority.issue(owner, names.format(name), until))
        ca = {"ca": str(cls.authority.ca)}
        profiles = {name: {"cert": str(cls.folder / name / "tls.crt"), "key": str(cls.folder / name / "tls.key"), **ca}
                    for name in ("web", "outsider", "stale")}
        # These look at one server, by its name, from under other names.
        for name in ("outsider", "stale", "bare"):
            profiles[name] = {**profiles.get(name, ca), "server_name": "good"}
        return {"tls_profiles": profiles, "envoy": {"listeners": [{"name": "edge", "address": LISTENER}]}}

    @classmethod
    def mount(cls, name, pair):
        (cls.folder / name).mkdir()
        for file, mounted in zip((*pair, cls.authority.ca), ("tls.crt", "tls.key", "ca.crt")):
            (cls.folder / name / mounted).write_bytes(file.read_bytes())
            (cls.folder / name / mounted).chmod(0o600)

    def start(self, name, certs, service=None, profile="web", is_checked=True, is_tls=True):
        labels = {"fairlead.tls": f"files:{profile}", "fairlead.tls.port": str(TLS)}
        if not is_checked:
            labels["fairlead.health.protocol"] = "none"
        command = ["--listen=", f"--tls-listen=0.0.0.0:{TLS}"] if is_tls else [f"--listen=0.0.0.0:{TLS}"]
        self.serve(name, service=service or name, labels=labels, command=command, options=["-v", f"{self.folder / certs}:/certs:ro"])

    def bootstrap(self, kind, caller):
        file = self.yard.directory / f"bootstrap-{kind}-{caller}.json"
        file.write_text(self.yard.daemon.fairlead("bootstrap", kind, "--tls-dir", str(self.folder / caller)))
        return file

    def assert_explained(self, name, pattern):
        replica = self.yard.wait_replica(name, "to be misconfigured", lambda r: r and "tls" in r.get("outReason", ""))

        def said():
            """A check between two that say it may have had no answer in time."""
            text = " ".join(self.yard.daemon.fairlead("explain", replica["displayName"]).split())
            return re.search(pattern, text)
        poll(f"explain to say {pattern}", 15, said, every=0.2)

    # --- what callers say ----------------------------------------------------------------------------
    def by_cpp(self, service, caller):
        client = HostClient(self.yard.engine, self.bootstrap("grpc", caller), f"xds:///{service}", "--tls=true", "--rate=5")
        try:
            return poll("a call to fail", 20, lambda: client.records(0, "failed"))[-1]["message"]
        finally:
            client.close()

    def by_python(self, service, caller):
        program = f"""import grpc
channel = grpc.secure_channel("xds:///{service}", grpc.xds_channel_credentials())
try:
    channel.unary_unary("/fairlead.demo.v1.UserService/GetUser", lambda m: m, lambda m: m)(b"", timeout=10)
except grpc.RpcError as error:
    print(error.details())"""
        environment = {**self.yard.engine.environment, "GRPC_XDS_BOOTSTRAP": str(self.bootstrap("grpc", caller))}
        done = run(self.yard.engine.inside([paths.CLIENTS / "python", "-c", program]), 30, environment, is_checked=False)
        return done.stdout + done.stderr

    def by_envoy(self, service, caller):
        call = [paths.CLIENTS / "python", paths.CALLS, LISTENER, f"--authority={service}.default", "--replicas=0", "--calls=1"]
        log = self.yard.directory / "envoy.log"
        with log.open("w") as out:
            envoy = self.yard.engine.spawn([paths.ENVOY, "-c", self.bootstrap("envoy", caller), "--use-dynamic-base-id",
                                            "--concurrency", "1", "--component-log-level", "connection:debug"], stdout=out,
                                           stderr=subprocess.STDOUT)
        def met():
            """What it logged when it has dialled the server: a call before that fails for want of a route."""
            said = json.loads(run(self.yard.engine.inside(call), 60))
            self.assertEqual((len(said["failures"]), said["replicas"]), (1, {}), said)
            text = log.read_text(errors="replace")
            return text if re.search("TLS_error|remote close", text) else None
        try:
            return poll("Envoy's connection to the server to fail", 20, met, every=0.2)
        finally:
            end_process(envoy, 5)

    def assert_calls_fail(self, service, caller, **words):
        for client, pattern in words.items():
            with self.subTest(service=service, caller=caller, client=client):
                self.assertRegex(getattr(self, f"by_{client}")(service, caller), pattern)

    def test_a_server_that_nobody_believes_or_that_speaks_none(self):
        rows = (("strange", "the server's certificate is not signed by .*issuer CN = another root", "certificate verify failed",
                 "CERTIFICATE_VERIFY_FAILED: unable to get local issuer", "CERTIFICATE_VERIFY_FAILED"),
                ("named", "the server's certificate is not for named.default .it names DNS:cart, DNS:cart.default", SANS_DIFFER,
                 SANS_DIFFER, "CERTIFICATE_VERIFY_FAILED"),
                ("late", "the server's certificate has expired .*renew it where it is served from", "certificate verify failed",
                 "CERTIFICATE_VERIFY_FAILED: certificate has expired", "CERTIFICATE_VERIFY_FAILED"),
                ("plain", "the server speaks no TLS on this port", "wrong version number", "WRONG_VERSION_NUMBER",
                 "WRONG_VERSION_NUMBER"))
        for name, ours, cpp, python, envoy in rows:
            certs, is_tls = ("good", False) if name == "plain" else (name, True)
            self.start(name, certs, is_tls=is_tls)
            # Callers meet only what is in rotation.
            self.start(f"{name}-unchecked", certs, is_checked=False, is_tls=is_tls)
            with self.subTest(name):
                self.assert_explained(name, ours)
            self.assert_calls_fail(f"{name}-unchecked", "web", cpp=cpp, python=python, envoy=envoy)

    def test_a_caller_whom_the_server_does_not_believe(self):
        rows = (("outsider", "the server refuses us with .*outsider/tls.crt"), ("bare", "the server refuses us without a client certificate"),
                ("stale", "read certificate .*stale/tls.crt of TLS profile stale: it has expired; put a new pair there"))
        for profile, ours in rows:
            self.start(f"as-{profile}", "good", service=f"good-{profile}", profile=profile)
            with self.subTest(profile):
                self.assert_explained(f"as-{profile}", ours)
        self.assertIn("stale/tls.crt of TLS profile stale: it has expired", self.yard.daemon.fairlead("tls"))
        self.start("good", "good")
        self.yard.wait_in("good")
        for caller in ("outsider", "stale"):
            # gRPC's C-core, as a server, hangs up without an alert.
            self.assert_calls_fail("good", caller, cpp="Socket closed|andshake failed", python="Socket closed|andshake failed",
                                   envoy="remote close|TLS_error")


if __name__ == "__main__":
    cases.main()
