"""The fairlead command on a real daemon: what it prints, what it does, and its exit codes."""

import json
import os
import signal
import unittest

from harness import cases
from harness.yard import DEMO_IMAGE, Yard

DONE, NO, USAGE, UNREACHABLE = range(4)
LABELS = {"fairlead.repair.min-available": "1", "fairlead.drain.timeout": "2s"}


class Command(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.yard = Yard("command")
        cls.yard.daemon.settings = {"admin": {"listen": [cls.yard.daemon.admin], "allow_containers": ["ops-console"]}}
        cls.addClassCleanup(cls.yard.close)
        cls.yard.open()
        for name in ("shop-api-1", "shop-api-2"):
            cls.yard.serve(name, labels=LABELS)
        cls.yard.wait_in("shop-api-1", "shop-api-2")

    def tell(self, expected, *arguments):
        """Runs the command; its exit code must be `expected`. Returns stdout, or stderr after a failure."""
        code, out, err = self.yard.daemon.ask(*arguments)
        self.assertEqual(code, expected, out + err)
        self.assertEqual(err if expected == DONE else out, "", "results go to stdout, errors to stderr")
        return out if expected == DONE else err

    def name(self, container):
        return self.yard.replica(container)["displayName"]

    def hosts(self, *containers):
        return [self.yard.engine.inspect(name)["Config"]["Hostname"] for name in containers]

    def test_the_tables_show_the_fleet(self):
        status = self.tell(DONE, "status")
        for words in ("serving", "20.10.24", "services  1", "replicas  2, 2 in rotation"):
            self.assertIn(words, status)
        self.assertRegex(self.tell(DONE, "services"), r"api\.default +50051 +2/2 +1 ")
        for replicas in (self.tell(DONE, "replicas"), self.tell(DONE, "replicas", "api")):
            for container in ("shop-api-1", "shop-api-2"):
                self.assertIn(self.name(container) + "  in", replicas)
        self.assertIn(f"{self.name('shop-api-1')} in: ", self.tell(DONE, "events", "--since", "1h"))
        self.assertIn("no service", self.tell(NO, "replicas", "nobody"))

    def test_why_a_replica_is_in_or_out_is_told_with_the_values_it_was_decided_on(self):
        name = self.name("shop-api-1")
        told = self.tell(DONE, "explain", "shop-api-1")
        for words in (f"{name}  in for ", "failures in a row", "0, out from 3 [fairlead.health.fall]", "the host",
                      "containers on bridge", "min-available", "checks, newest first", "serving"):
            self.assertIn(words, told)
        self.assertLessEqual(max(map(len, told.splitlines())), 100)
        json_of = lambda name: json.loads(self.tell(DONE, "explain", name, "--output", "json"))
        one = json_of(name)["replicas"][0]
        self.assertEqual(one["replica"]["displayName"], name)
        self.assertEqual(one["checks"][0]["checkClass"], "CHECK_CLASS_SERVING")
        address = self.yard.replica("shop-api-1")["address"]
        self.assertEqual({sight["viewer"]: sight["address"] for sight in one["sights"]},
                         {"the host": address, "containers on bridge": address, "containers elsewhere": "", "clients off the host": ""})
        self.assertEqual(one["next"]["act"], "restart")
        self.assertEqual(len(json_of("api")["replicas"]), 2)
        # What a person does is in the reason, and what was done is in the ledger, with its checks.
        self.tell(DONE, "drain", name, "--reason", "maintenance")
        self.assertIn("drained by uid 0: maintenance", self.tell(DONE, "explain", name))
        self.tell(DONE, "undrain", name)
        self.yard.wait_in("shop-api-1")
        self.tell(DONE, "restart", name, "--reason", "a leak")
        act = json_of(name)["replicas"][0]["acts"][0]
        self.assertEqual((act["act"], act["actor"], act["state"], act["verified"]),
                         ("restart", "uid 0", "succeeded", "serves again"))
        self.assertIn("a leak", act["cause"])
        self.assertIn("serving", act["evidence"])
        self.assertIn("no such replica or service", self.tell(NO, "explain", "nobody"))

    def test_lint_finds_what_the_host_would_say_of_the_very_labels(self):
        path = self.yard.directory / "compose.yaml"
        path.write_text('services:\n  lint:\n    image: x\n    expose: ["50051"]\n    labels:\n'
                        '      fairlead.enable: "true"\n      fairlead.health.intervall: 1s\n      fairlead.weight: heavy\n')
        code, told, _ = self.yard.daemon.ask("lint", str(path), "--admin", "unix:/nowhere")
        self.assertEqual(code, DONE, "warnings alone are no no, and no daemon is asked")
        self.assertIn(f"{path}:7:7: warning: label-unknown: fairlead.health.intervall", told)
        self.yard.serve("lint-1", labels={"fairlead.health.intervall": "1s", "fairlead.weight": "heavy"})
        # Others count replicas: whoever comes next finds it forgotten.
        self.addCleanup(self.yard.wait_replica, "lint-1", "forgotten", lambda replica: replica is None)
        self.addCleanup(self.yard.engine.docker, "rm", "-f", "lint-1")
        self.yard.wait_in("lint-1")
        status = self.tell(DONE, "status")
        for line in told.splitlines():
            self.assertIn(f"[{line.split(': ')[2]}]", status, "one reading of labels for both")
        self.assertEqual(self.yard.daemon.ask("lint", str(path), "--strict")[0], NO)

    def test_json_is_json(self):
        for verb in ("status", "services", "replicas", "version"):
            self.assertIsInstance(json.loads(self.tell(DONE, verb, "--output", "json")), dict, verb)
        lines = self.tell(DONE, "events", "--output", "json").splitlines()
        self.assertTrue(all(json.loads(line)["event"]["id"] for line in lines))

    def test_clients_are_shown_with_what_they_took(self):
        client = self.yard.client()
        self.addCleanup(client.close)
        client.wait_spread(self.hosts("shop-api-1", "shop-api-2"), 10)
        listed = json.loads(self.tell(DONE, "clients", "--output", "json"))["clients"]
        mine = [one for one in listed if one["userAgent"].startswith("gRPC C-core")]
        self.assertTrue(mine, listed)
        number = mine[-1]["name"].removeprefix("clients/")
        self.assertRegex(self.tell(DONE, "clients"), rf"(?m)^{number} +gRPC C-core.* api.* acknowledged$")
        shown = json.loads(self.tell(DONE, "clients", number, "--output", "json"))
        self.assertEqual({one["type"]: one["state"] for one in shown["resources"]},
                         dict.fromkeys(("clusters", "endpoints", "listeners"), "ACKNOWLEDGED"))
        for one in shown["resources"]:
            self.assertEqual((one["sentNonce"], one["sentVersion"]), (one["acknowledgedNonce"], one["acknowledgedVersion"]))
        self.assertIn("acknowledged  ", self.tell(DONE, "clients", mine[-1]["name"]))
        self.assertIn("lists what there is", self.tell(NO, "clients", "999999"))

    def test_version_and_bootstrap(self):
        self.assertRegex(self.tell(DONE, "version"), r"^fairlead \d+\.\d+\.\d+\nfairleadd \d+\.\d+\.\d+\n$")
        xds = str(self.yard.daemon.xds_directory)
        self.assertIn(xds, json.loads(self.tell(DONE, "bootstrap", "grpc"))["xds_servers"][0]["server_uri"])
        tcp = json.loads(self.tell(DONE, "bootstrap", "grpc", "--tcp"))["xds_servers"][0]["server_uri"]
        self.assertEqual(tcp, self.yard.daemon.tcp)
        self.assertIn("dynamic_resources", self.tell(DONE, "bootstrap", "envoy"))

    def test_a_drained_replica_gets_no_calls_until_it_is_undrained(self):
        client = self.yard.client()
        self.addCleanup(client.close)
        both, second = self.hosts("shop-api-1", "shop-api-2"), self.hosts("shop-api-2")
        client.wait_spread(both, 10)
        mark = client.mark()
        self.assertIn("is drained", self.tell(DONE, "drain", "shop-api-1", "--reason", "maintenance"))
        client.wait_spread(second, 5)
        replica = self.yard.replica("shop-api-1")
        self.assertEqual((replica["inRotation"], replica["outReason"], replica["presence"]),
                         (False, "operator-drained", "running"))
        self.assertIn("is undrained", self.tell(DONE, "undrain", self.name("shop-api-1")))
        client.wait_spread(both, 5)
        self.assertEqual(client.failed(mark), [])
        texts = " ".join(event["text"] for event in self.yard.events_of(replica))
        self.assertIn("uid 0", texts, "who did it is on record")

    def test_what_min_available_forbids_needs_force_and_a_reason(self):
        for name in ("pair-1", "pair-2"):
            self.yard.serve(name, service="pair", labels={**LABELS, "fairlead.repair.min-available": "2"})
            self.addCleanup(self.yard.engine.docker, "rm", "-f", name)
        self.yard.wait_in("pair-1", "pair-2")
        for verb in ("restart", "evict", "drain"):
            for trial in ((), ("--dry-run",)):
                refused = self.tell(NO, verb, "pair-1", *trial)
                self.assertIn("min-available", refused)
                self.assertIn("--force with --reason", refused)
        self.assertIn("reason", self.tell(USAGE, "restart", "pair-1", "--force"))
        began = self.yard.state("pair-1")["StartedAt"]
        self.assertIn("was restarted", self.tell(DONE, "restart", "pair-1", "--force", "--reason", "test"))
        self.assertNotEqual(self.yard.state("pair-1")["StartedAt"], began)
        self.yard.wait_in("pair-1")

    def test_a_dry_run_tells_what_would_be_done_and_touches_nothing(self):
        before = {name: self.yard.state(name)["StartedAt"] for name in ("shop-api-1", "shop-api-2")}
        events = self.tell(DONE, "events", "--since", "1h", "--output", "json").count("\n")
        for verb, words in (("restart", "be restarted with"), ("evict", "and stay stopped"),
                            ("drain", "run on until it is undrained"), ("undrain", "neither drained nor evicted")):
            told = self.tell(DONE, verb, "shop-api-1", "--dry-run")
            self.assertIn(self.name("shop-api-1"), told)
            self.assertIn(words, told)
            self.assertIn("nothing was done", told)
            self.assertEqual("of its service would be in rotation" in told, verb != "undrain", told)
        self.assertIn("nothing was done", json.loads(
            self.tell(DONE, "restart", "shop-api-2", "--dry-run", "--output", "json"))["outcome"])
        self.assertEqual({name: self.yard.state(name)["StartedAt"] for name in before}, before)
        self.assertTrue(all(self.yard.replica(name)["inRotation"] for name in before))
        self.assertEqual(self.tell(DONE, "events", "--since", "1h", "--output", "json").count("\n"), events)

    def test_an_evicted_replica_is_stopped_and_stays_so_without_a_failed_call(self):
        self.yard.serve("shop-api-3", labels=LABELS)
        self.addCleanup(self.yard.engine.docker, "rm", "-f", "shop-api-3")
        self.yard.wait_in("shop-api-3")
        client = self.yard.client()
        self.addCleanup(client.close)
        client.wait_spread(self.hosts("shop-api-1", "shop-api-2", "shop-api-3"), 10)
        mark = client.mark()
        self.assertIn("is evicted", self.tell(DONE, "evict", "shop-api-3"))
        client.wait_spread(self.hosts("shop-api-1", "shop-api-2"), 5)
        self.assertEqual(self.yard.state("shop-api-3")["Status"], "exited")
        self.assertEqual(client.failed(mark), [])

    def restart_daemon(self):
        self.yard.daemon.stop()
        self.yard.daemon.start()
        self.yard.wait_in("shop-api-1", "shop-api-2")

    def test_a_pause_holds_repairs_until_that_very_scope_is_resumed_also_over_a_restart_of_the_daemon(self):
        labels = {**LABELS, "fairlead.repair.min-available": "0", "fairlead.repair.backoff": "100ms"}
        for name in ("cart-1", "cart-2"):
            self.yard.serve(name, service="cart", labels=labels)
            self.addCleanup(self.yard.engine.docker, "rm", "-f", name)
        self.yard.wait_in("cart-1", "cart-2")
        service = self.name("cart-1").rsplit("/", 1)[0]
        self.assertIn("are paused", self.tell(DONE, "pause", "--service", service, "--reason", "rollout"))
        self.addCleanup(self.yard.daemon.ask, "resume", "--service", service)
        self.restart_daemon()
        self.yard.wait_in("cart-1", "cart-2")
        os.kill(self.yard.state("cart-1")["Pid"], signal.SIGKILL)
        self.yard.wait_replica("cart-1", "held", lambda replica: replica["repair"] == "held(repairs-paused)")
        self.assertEqual(self.yard.state("cart-1")["Status"], "exited")
        self.assertRegex(self.tell(DONE, "status"), rf"repairs +paused of service {service} for .* by uid 0: rollout")
        pauses = self.yard.replica("cart-1")["pauses"]
        self.assertEqual([pause["displayName"] for pause in pauses], [f"service {service}"])
        self.assertIn("were not paused", self.tell(NO, "resume"), "the host is another scope")
        self.assertIn("was restarted", self.tell(DONE, "restart", "cart-2", "--force", "--reason", "a person may"))
        self.assertIn("are resumed", self.tell(DONE, "resume", "--service", service))
        self.yard.wait_in("cart-1", "cart-2")
        self.assertNotIn("paused of", self.tell(DONE, "status"))

    def test_events_outlive_the_daemon_and_their_ids_go_on(self):
        def events(*arguments):
            lines = self.tell(DONE, "events", "--output", "json", *arguments).splitlines()
            return [json.loads(line)["event"] for line in lines]
        before = events("--since", "1h")
        self.assertTrue(before)
        self.restart_daemon()
        after = events("--since", "1h")
        self.assertEqual([event["id"] for event in after[:len(before)]], [event["id"] for event in before])
        ids = [int(event["id"]) for event in after]
        self.assertEqual(ids, list(range(ids[0], ids[0] + len(ids))), "a clean end loses nothing and skips nothing")
        self.assertIn("stopping", [event["code"] for event in after])
        middle = before[len(before) // 2]["time"]
        since = events("--since", middle)
        # Times of one moment may stand in any order. Without the Z they compare as text, however many digits.
        expected = [event["id"] for event in after if event["time"].rstrip("Z") >= middle.rstrip("Z")]
        self.assertEqual([event["id"] for event in since], expected)
        self.assertLess(len(since), len(after))
        rotation = next(event for event in after if event["kind"] == "EVENT_KIND_ROTATION_CHANGED" and event["code"] == "in")
        self.assertIn("serving", rotation["evidence"])
        self.assertRegex(self.tell(DONE, "status"), r"journal +\d+ events of ")
        self.yard.daemon.kill()
        self.yard.daemon.start()
        self.yard.wait_in("shop-api-1", "shop-api-2")
        killed = self.tell(DONE, "events", "--since", "1h", "--output", "json").splitlines()
        self.assertTrue(all("event" in json.loads(line) for line in killed), "ids that were skipped are no gap")
        self.assertGreater(int(json.loads(killed[-1])["event"]["id"]), 1_000_000)

    def test_an_unknown_replica_is_answered_with_candidates(self):
        self.assertIn("shop-api-1", self.tell(NO, "drain", "shop-api-11"))
        self.assertIn("fairlead replicas", self.tell(NO, "restart", "nothing-like-it"))

    def code_from_container(self, name):
        """Any call to the admin socket from a container that has it mounted. Returns its code."""
        directory = self.yard.daemon.directory / "admin"
        self.addCleanup(self.yard.engine.docker, "rm", "-f", name)
        said = self.yard.engine.docker(
            "run", "--name", name, "-v", f"{directory}:/admin", "--entrypoint", "/client", DEMO_IMAGE,
            "--target=unix:/admin/admin.sock", "--calls=1")
        return next(record["code"] for record in map(json.loads, said.splitlines()) if record["kind"] == "failed")

    def test_a_container_is_refused_unless_the_config_names_it(self):
        self.assertEqual(self.code_from_container("stranger"), "UNAVAILABLE")
        self.assertRegex(self.yard.daemon.tail(1000), "peer refused plane=admin .* is not in admin.allow_containers")
        # The demo's call is none of the admin API's: an answer to it means that the peer was admitted.
        self.assertEqual(self.code_from_container("ops-console"), "UNIMPLEMENTED")

    def test_exit_codes_of_usage_and_of_a_daemon_that_is_not_there(self):
        for arguments in (["nonsense"], ["drain"], ["status", "--nonsense"], ["events", "--since", "soon"]):
            self.assertIn("fairlead help", self.tell(USAGE, *arguments))
        self.assertIn("is fairleadd running", self.tell(UNREACHABLE, "status", "--admin", "unix:/nowhere/admin.sock"))
        self.assertIn("usage", self.tell(DONE, "help").lower())


if __name__ == "__main__":
    cases.main()
