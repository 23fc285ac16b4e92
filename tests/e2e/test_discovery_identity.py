"""Clients from another host (a network namespace of its own here) over TLS: grpcio and Envoy see the projects that their
certificate may see, at published ports; who may see nothing hears why, and so do people on fairlead's side."""

import json
import os
import signal
import subprocess
import time
import unittest

from harness import cases, paths
from harness.authority import Authority
from harness.waiting import end_process, poll, run
from harness.yard import Yard

NEAR, FAR = "192.0.2.1", "192.0.2.2"
LISTENER = "127.0.0.1:10000"
WEB, STRANGER = "spiffe://corp/web/front", "stranger.corp"
RULE = {"identity": "URI:spiffe://corp/web/*", "projects": ["shop"]}
# One call that does not wait; prints the replica, or how it failed.
ONE_CALL = """
import sys, grpc
sys.path.insert(0, sys.argv[2])
from grpcio_calls import METHOD, replica_of
try:
    with grpc.insecure_channel(sys.argv[1]) as channel:
        print(replica_of(channel.unary_unary(METHOD, lambda m: m, lambda m: m)(b"", timeout=25)))
except grpc.RpcError as error:
    print(error.code().name, error.details())
"""


class OtherHost:
    """A network namespace whose only way is a cable to the engine's."""

    def __init__(self, engine):
        self.name = f"{engine.name}-far"
        run(["ip", "netns", "add", self.name])
        run(["ip", "link", "add", "fl-near", "netns", engine.name, "type", "veth", "peer", "name", "fl-far", "netns", self.name])
        for where, link, address in ((engine.name, "fl-near", NEAR), (self.name, "fl-far", FAR)):
            run(["ip", "-n", where, "addr", "add", f"{address}/30", "dev", link])
            run(["ip", "-n", where, "link", "set", link, "up"])
        run(["ip", "-n", self.name, "link", "set", "lo", "up"])

    def inside(self, command):
        return ["nsenter", f"--net=/run/netns/{self.name}", *[str(part) for part in command]]

    def close(self):
        run(["ip", "netns", "del", self.name], is_checked=False)


class DiscoveryIdentity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        cls.yard = Yard("identity")
        cls.addClassCleanup(cls.yard.close)
        run(["ip", "netns", "del", f"{cls.yard.engine.name}-far"], is_checked=False)
        cls.yard.open(start_daemon=False)
        cls.far = OtherHost(cls.yard.engine)
        cls.addClassCleanup(cls.far.close)
        cls.authority = Authority(cls.yard.directory / "authority", "root")
        crt, key = cls.authority.issue("server", f"IP:{NEAR},IP:127.0.0.1")
        cls.pairs = {"web": cls.authority.issue("web", f"URI:{WEB}"), "stranger": cls.authority.issue("stranger", f"DNS:{STRANGER}"),
                     "auto": cls.authority.issue("auto", "URI:spiffe://fairlead.internal/media/worker")}
        cls.yard.daemon.tcp = f"{NEAR}:18000"
        cls.yard.daemon.settings = {
            "tls_profiles": {"mesh": {"cert": str(crt), "key": str(key), "ca": str(cls.authority.ca), "client_auth": "require"}},
            "envoy": {"listeners": [LISTENER]}, "access": {"discovery": [RULE]}}
        cls.start_with_tls()
        for project, port in (("shop", 50061), ("media", 50062)):
            cls.yard.serve(f"{project}-api", labels={"fairlead.project": project}, options=("-p", f"{port}:50051"))
        cls.yard.serve("shop-inner", service="inner", labels={"fairlead.project": "shop"})
        cls.yard.wait_in("shop-api", "media-api", "shop-inner")
        cls.host = {name: cls.yard.engine.inspect(f"{name}-api")["Config"]["Hostname"] for name in ("shop", "media")}

    @classmethod
    def start_with_tls(cls):
        daemon = cls.yard.daemon
        daemon.settings["discovery"] = {"listen": [f"unix://{daemon.xds_directory}/xds.sock", daemon.tcp], "tls": "mesh"}
        daemon.start()

    def bootstrap(self, kind, who):
        """What `fairlead bootstrap` prints, with the files of this client."""
        crt, key = self.pairs[who]
        path = self.yard.directory / f"{kind}-{who}.json"
        text = json.loads(self.yard.daemon.fairlead("bootstrap", kind, "--tcp"))
        if kind == "grpc":
            text["xds_servers"][0]["channel_creds"][0]["config"].update(
                {"certificate_file": str(crt), "private_key_file": str(key)})
        else:
            socket = text["static_resources"]["clusters"][0]["transport_socket"]["typed_config"]
            socket["common_tls_context"]["tls_certificates"] = [
                {"certificate_chain": {"filename": str(crt)}, "private_key": {"filename": str(key)}}]
        path.write_text(json.dumps(text))
        return path

    def call(self, who, target):
        """One call from the other host; what came of it."""
        environment = {**os.environ, "GRPC_XDS_BOOTSTRAP": str(self.bootstrap("grpc", who))}
        return run(self.far.inside([paths.CLIENTS / "python", "-c", ONE_CALL, target, paths.CALLS.parent]), 40,
                   environment).strip()

    def start_calls(self, who, target):
        environment = {**os.environ, "GRPC_XDS_BOOTSTRAP": str(self.bootstrap("grpc", who))}
        log = self.enterContext((self.yard.directory / "calls.out").open("w+"))
        process = subprocess.Popen(self.far.inside(
            [paths.CLIENTS / "python", paths.CALLS, target, "--seconds=8", "--rate=50"]), env=environment, stdout=log)
        self.addCleanup(end_process, process, 5)
        return process, log

    def start_envoy(self, who):
        path = self.yard.directory / f"envoy-{who}.log"
        log = self.enterContext(path.open("w"))
        envoy = subprocess.Popen(self.far.inside(
            [paths.ENVOY_PROGRAM, "-c", self.bootstrap("envoy", who), "--use-dynamic-base-id", "--concurrency", "1"]),
            stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, envoy, 5)
        return path

    def refusals(self, since):
        return [event for event in self.yard.daemon.events(since) if event["kind"] == "access-refused"]

    def reload(self, *rules):
        daemon = self.yard.daemon
        mark = len(daemon.log.read_text())
        daemon.settings["access"] = {"discovery": list(rules)}
        daemon._configure()
        daemon.process.send_signal(signal.SIGHUP)
        poll("the reload to be told", 10, lambda: "config reloaded" in daemon.log.read_text()[mark:])
        self.assertNotIn("not reloaded", daemon.log.read_text()[mark:])

    def test_grpcio_sees_the_project_of_its_certificate_and_no_other(self):
        began = time.time()
        self.assertEqual(self.call("web", "xds:///api"), self.host["shop"], "the one that it may see, of two")
        self.assertEqual(self.call("web", "xds:///api.shop"), self.host["shop"])
        answer = self.call("web", "xds:///api.media")
        self.assertTrue(answer.startswith("UNAVAILABLE"), answer)
        refusals = self.refusals(began)
        self.assertTrue(refusals)
        self.assertEqual({refusal["code"] for refusal in refusals}, {"refused(project)"})
        self.assertIn("api.media, which is of project media", refusals[0]["text"])
        self.assertIn(f'"identity": "URI:{WEB}", "projects": ["media"]', refusals[0]["text"])

    def test_a_certificate_that_fairlead_writes_sees_its_own_project_without_a_rule(self):
        self.assertEqual(self.call("auto", "xds:///api"), self.host["media"])

    def test_who_may_see_nothing_hears_why_and_a_rule_lets_it_in_at_once(self):
        began = time.time()
        answer = self.call("stranger", "xds:///api.shop")
        self.assertTrue(answer.startswith("UNAVAILABLE"), answer)
        self.assertIn(f"no rule of access.discovery there names its certificate (DNS:{STRANGER})", answer)
        refusal = self.refusals(began)[0]
        self.assertEqual(refusal["code"], "refused(identity)")
        self.assertIn(f'have {{"identity": "DNS:{STRANGER}", "projects": ["PROJECT"]}} put into access.discovery', refusal["text"])
        clients = self.yard.daemon.fairlead("clients", "--wide")
        self.assertIn(f"elsewhere {FAR} as DNS:{STRANGER}", clients)
        self.assertIn("denied: ", clients)
        metrics = run(self.yard.engine.inside(["curl", "-sS", f"http://{self.yard.daemon.http}/metrics"]))
        self.assertRegex(metrics, r'fairlead_discovery_denials_total\{reason="identity"\} [1-9]')
        self.assertIn(STRANGER, self.yard.daemon.log.read_text())
        self.addCleanup(self.reload, RULE)
        self.reload(RULE, {"identity": f"DNS:{STRANGER}", "projects": ["shop"]})
        self.assertIn("taken=access.discovery", self.yard.daemon.log.read_text())
        self.assertEqual(self.call("stranger", "xds:///api"), self.host["shop"])

    def test_new_rules_reach_living_streams_and_who_keeps_what_it_had_loses_no_call(self):
        self.addCleanup(self.reload, RULE)
        other = {"identity": "DNS:other.corp", "projects": ["*"]}
        process, log = self.start_calls("web", "xds:///api.shop")
        poll("the client to be known", 15, lambda: f"elsewhere {FAR}" in self.yard.daemon.fairlead("clients", "--wide"))
        for rules in ((RULE, other), (other, RULE), ({**RULE, "projects": ["shop", "media"]},), (RULE,)):
            self.reload(*rules)
            time.sleep(0.5)
        self.assertEqual(process.wait(30), 0)
        log.seek(0)
        told = json.loads(log.read())
        self.assertEqual(told["failures"], [])
        self.assertEqual(set(told["replicas"]), {self.host["shop"]})

    def test_what_is_not_published_is_left_out_and_that_is_explained(self):
        explained = self.yard.daemon.fairlead("explain", "shop-inner")
        self.assertRegex(explained, r"clients off the host +left out for them")
        self.assertRegex(self.yard.daemon.fairlead("explain", "shop-api"), r"clients off the host +HOST:50061")
        answer = self.call("web", "xds:///inner.shop")
        self.assertTrue(answer.startswith("UNAVAILABLE"), answer)

    def test_envoy_sees_the_project_of_its_certificate_and_no_other(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        self.start_envoy("web")
        calls = self.far.inside([paths.CLIENTS / "python", paths.CALLS, LISTENER, "--calls=20"])
        for authority in ("api", "api.shop"):
            told = json.loads(run([*calls, f"--authority={authority}"], 60))
            self.assertEqual((set(told["replicas"]), told["failures"]), ({self.host["shop"]}, []),
                             (self.yard.directory / "envoy-web.log").read_text()[-3000:])
        done = run([*calls, "--replicas=0", "--authority=api.media"], 60)
        told = json.loads(done)
        self.assertEqual(told["replicas"], {})
        self.assertEqual(len(told["failures"]), 20)

    def test_an_envoy_that_may_see_nothing_logs_why(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        log = self.start_envoy("stranger")
        poll("Envoy's log to have the reason", 20, lambda: f"names its certificate (DNS:{STRANGER})" in log.read_text())


if __name__ == "__main__":
    cases.main()
