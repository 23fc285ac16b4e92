"""TLS on the daemon's own listeners, with certificates made by openssl: the fairlead command, curl, openssl; who is
refused, and with which words on both sides; new files and wrong files while connections stand. No engine is needed
for these: a daemon that waits for one answers. And certificates that fairlead writes for services, as their containers
see them."""

import base64
import json
import os
import shutil
import signal
import subprocess
import unittest
from pathlib import Path

from harness import cases, memory, paths
from harness.authority import Authority
from harness.folder import new_folder
from harness.waiting import end_process, poll, run
from harness.yard_case import YardCase


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = new_folder("fairlead-tls-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls.folder / "authority", "fairlead root")
        cls.console = cls.authority.issue("console", "DNS:console.corp")
        cls.admin_pair = cls.authority.issue("admin", "DNS:admin.corp")
        cls.staff = cls.authority.issue("staff", "DNS:bob.corp,URI:spiffe://corp/staff/bob")
        cls.nobody = cls.authority.issue("nobody", "DNS:nobody.corp")
        cls.stranger = Authority(cls.folder / "elsewhere", "another root").issue("stranger", "DNS:stranger.corp")
        cls.mount = cls.folder / "certs"
        cls.mount.mkdir()
        cls.mount_new("first")

    def setUp(self):
        self.mount_new("good")
        profile = {"cert": str(self.mount / "tls.crt"), "key": str(self.mount / "tls.key"), "ca": str(self.authority.ca)}
        config = {"engine": {"endpoint": f"unix://{self.folder}/no-engine.sock"},
                  "state_dir": str(self.folder / "state"),
                  "tls_profiles": {"ops": {**profile, "client_auth": "require"}, "page": profile},
                  "admin": {"listen": [f"unix:{self.folder}/admin/admin.sock", "127.0.0.1:0"], "tls": "ops"},
                  "access": {"viewers": ["loopback", "URI:spiffe://corp/staff/*"], "operators": ["unix", "DNS:console.corp"],
                             "admins": ["uid:0", "self", "DNS:admin.corp"]},
                  "http": {"listen": ["127.0.0.1:0"], "tls": "page"},
                  "discovery": {"listen": [f"unix:{self.folder}/xds/xds.sock", "127.0.0.1:0"], "tls": "ops"}}
        (self.folder / "config.json").write_text(json.dumps(config))
        self.log = self.folder / "log"
        with self.log.open("w") as log:
            self.daemon = subprocess.Popen([paths.FAIRLEADD, "--config", self.folder / "config.json"], stdout=log, stderr=log)
        self.addCleanup(lambda: self.assertEqual(end_process(self.daemon, 10), 0))
        self.admin = self.address("admin API listens address=")
        self.http = self.address("HTTP listens address=https://")
        self.discovery = self.address("discovery listens address=")

    @classmethod
    def mount_new(cls, name, authority=None):
        """A new pair in place of the one that is mounted, by rename."""
        for end, file in zip(("crt", "key"), (authority or cls.authority).issue(name, "IP:127.0.0.1,DNS:fairlead.corp")):
            os.rename(file, cls.mount / f"tls.{end}")

    def address(self, words):
        def told():
            return [line.split(words)[1].split()[0].strip('"') for line in self.log.read_text().splitlines()
                    if words in line and "unix:" not in line]
        return poll(f"the log to say {words}", 20, told)[0]

    def log_says(self, text):
        poll(f"the log to say {text}", 15, lambda: text in self.log.read_text())

    def fairlead(self, *arguments, pair=None, ca=None):
        shown = ["--cert", pair[0], "--key", pair[1]] if pair else []
        done = run([paths.FAIRLEAD, "--admin", self.admin, "--ca", ca or self.authority.ca, *shown, *arguments],
                   is_checked=False)
        return done.returncode, done.stdout + done.stderr

    def curl(self, *arguments):
        done = run(["curl", "-sS", "--max-time", "20", *arguments], is_checked=False)
        return done.returncode, done.stdout + done.stderr

    def s_client(self, *arguments):
        return run(["openssl", "s_client", "-connect", self.discovery, "-CAfile", self.authority.ca, "-verify_return_error",
                    *arguments], stdin="", is_checked=False)

    def test_the_command_is_known_by_its_certificate(self):
        code, text = self.fairlead("status", pair=self.console)
        self.assertEqual(code, 0, text)
        self.assertIn("DNS:console.corp: operator here", text)
        code, text = self.fairlead("log-level", "debug", pair=self.admin_pair)
        self.assertEqual(code, 0, text)
        self.log_says("actor=DNS:admin.corp")

    def test_each_may_what_its_role_says_and_a_refusal_is_an_event(self):
        act = ("drain", "user-service.shop/1")
        self.assertEqual(self.fairlead("status", pair=self.staff)[0], 0)
        code, text = self.fairlead(*act, pair=self.staff)
        self.assertEqual(code, 1, text)
        self.assertIn("it takes an operator, and spiffe://corp/staff/bob is a viewer here", text)
        self.assertIn('"DNS:bob.corp" put into access.operators', text)
        self.assertIn("ROLE_MISSING", text)
        self.assertNotIn("ROLE_MISSING", self.fairlead(*act, pair=self.console)[1])
        self.assertIn("it takes an admin", self.fairlead(*act, "--force", "--reason", "x", pair=self.console)[1])
        code, text = self.fairlead("status", pair=self.nobody)
        self.assertEqual(code, 1, text)
        self.assertIn("DNS:nobody.corp is nobody here", text)
        by_socket = [paths.FAIRLEAD, "--admin", f"unix:{self.folder}/admin/admin.sock"]
        self.assertIn(f"uid {os.getuid()}: admin here", run([*by_socket, "status"]))
        for _ in range(30):
            self.fairlead("status", pair=self.nobody)
        events = [line for line in run([*by_socket, "events", "--output", "json"]).splitlines() if "ACCESS_REFUSED" in line]
        self.assertTrue(any("spiffe://corp/staff/bob" in line and "Drain" in line for line in events), events)
        self.assertEqual(sum("DNS:nobody.corp" in line for line in events), 10, "one caller's share of an hour")
        metrics = self.curl("--cacert", self.authority.ca, f"https://{self.http}/metrics")[1]
        self.assertRegex(metrics, r'fairlead_admin_refusals_total\{method="GetStatus",role="none"\} 31')

    def test_who_is_not_believed_gets_a_reason_on_both_sides(self):
        code, text = self.fairlead("status")
        self.assertNotEqual(code, 0)
        self.log_says("it shows no certificate")
        self.assertNotEqual(self.fairlead("status", pair=self.stranger)[0], 0)
        self.log_says("its certificate is not signed by")
        code, text = self.fairlead("status", pair=self.console, ca=self.folder / "elsewhere" / "ca.crt")
        self.assertEqual(code, 3, text)
        self.assertIn("has to be signed by --ca", text)
        done = run([paths.FAIRLEAD, "--admin", self.admin, "status"], is_checked=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.log_says("it speaks no TLS")

    def test_the_page_and_metrics_are_https(self):
        trusting = ["--cacert", self.authority.ca]
        self.assertEqual(self.curl(*trusting, f"https://{self.http}/livez")[0], 0)
        code, page = self.curl(*trusting, f"https://{self.http}/")
        self.assertIn("<!doctype html>", page.lower())
        self.assertEqual(self.curl(f"https://{self.http}/livez")[0], 60)
        self.log_says("it does not believe our certificate")
        self.assertNotEqual(self.curl(f"http://{self.http}/livez")[0], 0)
        self.assertNotEqual(self.curl(*trusting, "--tls-max", "1.1", f"https://{self.http}/livez")[0], 0)
        code, metrics = self.curl(*trusting, f"https://{self.http}/metrics")
        self.assertRegex(metrics, r'fairlead_peers_refused_total\{plane="http"\} [1-9]')
        url = run([paths.FAIRLEAD, "--admin", f"unix:{self.folder}/admin/admin.sock", "dashboard"])
        self.assertTrue(url.startswith(f"https://{self.http}/#token="), url)

    def test_discovery_speaks_h2_to_those_who_show_a_certificate(self):
        shown = ["-cert", self.console[0], "-key", self.console[1]]
        good = self.s_client("-alpn", "h2", *shown)
        self.assertIn("ALPN protocol: h2", good.stdout)
        self.assertIn("Verify return code: 0 (ok)", good.stdout)
        self.assertNotIn("ALPN protocol: h2", self.s_client("-alpn", "http/1.1", *shown).stdout)
        self.s_client("-alpn", "h2")
        self.log_says("it shows no certificate")
        bootstrap = json.loads(run([paths.FAIRLEAD, "--admin", f"unix:{self.folder}/admin/admin.sock", "bootstrap", "grpc",
                                    "--tcp"]))["xds_servers"][0]
        self.assertEqual(bootstrap["server_uri"], self.discovery)
        self.assertEqual(bootstrap["channel_creds"][0]["config"]["ca_certificate_file"], str(self.authority.ca))

    def test_no_file_of_a_key_stands_in_memory(self):
        """What OpenSSL signs with has another form than the file, and is not looked for."""
        kept = []
        for name in ("good", "next"):
            if name != "good":
                self.mount_new(name)
            self.assertEqual(self.fairlead("status", pair=self.console)[0], 0)
            lines = (self.mount / "tls.key").read_text().splitlines()[1:-1]
            kept += [line[:48].encode() for line in lines] + [base64.b64decode("".join(lines))[:68]]
        processes = memory.family(self.daemon.pid)
        self.assertGreater(len(processes), 4)
        self.assertTrue(memory.mappings_with(self.daemon.pid, str(self.mount).encode()), "what it does know is found")
        for pid in processes:
            for secret in kept:
                self.assertEqual(memory.mappings_with(pid, secret), [], (pid, secret))

    def test_new_files_are_used_and_wrong_ones_change_nothing(self):
        following = subprocess.Popen([paths.FAIRLEAD, "--admin", self.admin, "--ca", self.authority.ca,
                                      "--cert", self.console[0], "--key", self.console[1], "events", "--follow",
                                      "--since", "1h"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn("waiting for the engine", following.stdout.readline(), "it is there before anything changes")
        next_root = Authority(self.folder / f"next-{self.id()}", "next root")
        for number in range(5):
            self.mount_new(f"next-{number}", next_root)
            self.assertEqual(self.fairlead("status", pair=self.console, ca=next_root.ca)[0], 0)
            self.assertEqual(self.curl("--cacert", next_root.ca, f"https://{self.http}/livez")[0], 0)
        new = [(profile, plane, "CN = next root", "") for profile, plane in (
            ("ops", "admin"), ("ops", "checks"), ("ops", "discovery"), ("page", "checks"), ("page", "http"))]

        def shown():
            code, text = self.fairlead("tls", "--output", "json", pair=self.console, ca=next_root.ca)
            self.assertEqual(code, 0, text)
            return [(one["profile"], one["plane"], one["issuer"], one["trouble"])
                    for one in json.loads(text)["certificates"]]
        poll("every plane to use the new pair", 20, lambda: shown() == new)
        (self.mount / "tls.key").chmod(0o644)
        self.assertEqual(self.fairlead("status", pair=self.console, ca=next_root.ca)[0], 0)
        self.log_says("its mode 0644 lets every user read it")
        self.assertIn("its mode 0644", self.fairlead("status", pair=self.console, ca=next_root.ca)[1])
        self.assertRegex(self.curl("--cacert", next_root.ca, f"https://{self.http}/metrics")[1],
                         r'fairlead_tls_certificate_end_time_seconds\{profile="ops",plane="admin"\} [0-9.e+]+')
        self.assertEqual(self.fairlead("status", pair=self.console)[0], 3)
        self.assertIsNone(following.poll(), "the stream that stood goes on")
        end_process(following, 5)
        following.stdout.close()
        following.stderr.close()


class Secrets(unittest.TestCase):
    """What is planted where secrets are kept is found nowhere else: not in the log, in events, in answers, in the journal
    or among the arguments."""

    WORDS = ("planted-user", "planted-password", "planted-path", "planted-query", "planted-secret", "planted-header")

    def setUp(self):
        self.folder = new_folder("fairlead-secrets-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        authority = Authority(self.folder / "authority", "root")
        crt, self.key = authority.issue("own", "IP:127.0.0.1")
        self.secret = self.folder / "hook.secret"
        self.secret.write_text("planted-secret\n")
        self.secret.chmod(0o600)
        self.config = self.folder / "config.json"
        self.config.write_text(json.dumps({
            "engine": {"endpoint": f"unix://{self.folder}/no-engine.sock"}, "state_dir": str(self.folder / "state"),
            "tls_profiles": {"own": {"cert": str(crt), "key": str(self.key), "ca": str(authority.ca)}},
            "admin": {"listen": [f"unix:{self.folder}/admin/admin.sock", "127.0.0.1:0"], "tls": "own"},
            "http": {"listen": ["127.0.0.1:0"]}, "discovery": {"listen": [f"unix:{self.folder}/xds/xds.sock"]},
            "log": {"level": "debug"},
            "webhooks": [{"url": "http://planted-user:planted-password@127.0.0.1:9/planted-path?x=planted-query",
                          "secret_file": str(self.secret)}]}))
        self.config.chmod(0o600)
        self.log = self.folder / "log"

    def start(self):
        with self.log.open("w") as log:
            daemon = subprocess.Popen([paths.FAIRLEADD, "--config", self.config], stdout=log, stderr=log)
        self.addCleanup(lambda: self.assertEqual(end_process(daemon, 10), 0))
        return daemon

    def ask(self, *arguments):
        done = run([paths.FAIRLEAD, "--admin", f"unix:{self.folder}/admin/admin.sock", *arguments], is_checked=False)
        return done.stdout + done.stderr

    def test_nothing_tells_a_secret(self):
        daemon = self.start()
        poll("HTTP to listen", 20, lambda: "HTTP listens address=" in self.log.read_text())
        url = "http://" + self.log.read_text().split("HTTP listens address=")[1].split()[0].strip('"')
        poll("the webhook to fail", 20, lambda: "webhook" in self.log.read_text())
        told = {"arguments": Path(f"/proc/{daemon.pid}/cmdline").read_bytes()}
        for verb in (("status",), ("config",), ("events",), ("tls",), ("services",), ("clients",), ("bootstrap", "grpc"),
                     ("drain", "a.b/1")):
            told[f"fairlead {verb[0]}"] = self.ask(*verb).encode()
            told[f"fairlead {verb[0]} in JSON"] = self.ask(*verb, "--output", "json").encode()
        routes = json.loads(run(["curl", "-sS", f"{url}/openapi.json"]))["paths"]
        reads = [path for path, rule in routes.items() if "get" in rule and "{" not in path]
        self.assertGreater(len(reads), 8)
        for path in ["/", "/openapi.json", "/metrics", "/livez", "/readyz", *reads]:
            told[path] = run(["curl", "-sS", "-H", "Authorization: Bearer planted-header", f"{url}{path}"]).encode()
        told["an act with a wrong token"] = run(["curl", "-sS", "-X", "POST", "-H", "Authorization: Bearer planted-header",
                                                 f"{url}/v1/replicas:drain"]).encode()
        self.assertIn(b"127.0.0.1:9", told["fairlead config in JSON"], "what may be shown of the webhook is shown")
        self.assertIn(b"127.0.0.1:9", told["fairlead status"])
        token = (self.folder / "state" / "http.token").read_text().strip()
        limits = Path(f"/proc/{daemon.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        self.assertEqual(end_process(daemon, 10), 0)
        told["log"] = self.log.read_bytes()
        for file in (self.folder / "state").iterdir():
            if file.name != "http.token":
                told[f"state_dir/{file.name}"] = file.read_bytes()
        inside_key = self.key.read_text().splitlines()[1][:40]
        for word in (*self.WORDS, token, inside_key):
            self.assertEqual([place for place, text in told.items() if word.encode() in text], [], word)

    def test_what_everybody_may_read_is_no_secret(self):
        self.config.chmod(0o644)
        done = run([paths.FAIRLEADD, "--config", self.config, "--check-config"], is_checked=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("chmod 0600 the config file", done.stderr)
        self.assertNotIn("planted", done.stderr)
        done = run([paths.FAIRLEADD, "--check-config", '--webhooks=[{"url": "http://me:planted@127.0.0.1/"}]'], is_checked=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("every user of this host may read a program's arguments", done.stderr)
        self.assertNotIn("planted", done.stderr)
        self.config.chmod(0o600)
        self.key.chmod(0o644)
        self.secret.chmod(0o604)
        self.start()
        poll("the key to be refused", 20, lambda: "its mode 0644 lets every user read it" in self.log.read_text())
        poll("the secret to be refused", 20, lambda: "its mode 0604 lets every user read it" in self.log.read_text())


class OfServices(YardCase):
    """fairlead.tls=auto: files for a service's containers, made before they start, renewed while they run."""
    NAME = "service-files"

    @classmethod
    def settings(cls, yard):
        cls.certs = yard.daemon.directory / "certs"
        return {"service_tls": {"dir": str(cls.certs), "lifetime": "30s", "trust_domain": "prod.corp"}}

    def create(self, name, service, user):
        self.docker("create", "--name", name, "--user", user, "-v", f"{self.certs}/default/{service}:/certs:ro",
                    *(word for key, value in {"enable": "true", "service": service, "port": "50051", "tls": "auto",
                                              "health.protocol": "none"}.items()
                      for word in ("--label", f"fairlead.{key}={value}")),
                    "busybox:latest", "sleep", "600")
        self.addCleanup(self.docker, "rm", "-f", name)
        poll(f"files for {service}", 10, lambda: (self.certs / "default" / service / "ca.crt").exists())

    def told(self):
        """What `fairlead tls` says, by whose it is."""
        return {one["profile"]: one for one in self.yard.daemon.query("tls")[0].get("certificates", [])}

    def inside(self, name, file):
        return self.docker("exec", name, "cat", f"/certs/{file}")

    def test_a_service_has_its_pair_before_it_starts_and_a_fresh_one_later(self):
        self.create("api-1", "api", "65532:65532")
        self.docker("start", "api-1")
        first = self.inside("api-1", "tls.crt")
        key, crt = self.yard.directory / "seen.key", self.yard.directory / "seen.crt"

        def is_pair():
            """The files as a server of user 65532 reads them: a pair that callers believe."""
            crt.write_text(self.inside("api-1", "tls.crt"))
            key.write_text(self.inside("api-1", "tls.key"))
            run(["openssl", "verify", "-CAfile", self.yard.daemon.xds_directory / "ca.crt", "-purpose", "sslserver", crt])
            return run(["openssl", "x509", "-in", crt, "-noout", "-pubkey"]) == run(["openssl", "pkey", "-in", key, "-pubout"])

        self.assertTrue(is_pair())
        names = run(["openssl", "x509", "-in", crt, "-noout", "-ext", "subjectAltName"])
        self.assertIn("DNS:api, DNS:api.default, URI:spiffe://prod.corp/default/api", names)
        self.assertEqual(self.inside("api-1", "ca.crt"), (self.yard.daemon.xds_directory / "ca.crt").read_text())
        poll("fairlead tls to show them", 10, lambda: {"api.default", "authority", "checker"} <= set(self.told()))
        self.assertEqual(self.told()["api.default"]["plane"], "services")
        poll("a fresh certificate", 45, lambda: self.inside("api-1", "tls.crt") != first, every=1)
        self.assertTrue(is_pair())
        inside_key = key.read_text().splitlines()[1]
        self.assertNotIn(inside_key, self.yard.daemon.log.read_text())
        root = (self.yard.daemon.directory / "state" / "service-ca.pem").read_text().split("PRIVATE KEY")[1].split()[1]
        self.assertNotIn(root, self.docker("exec", "api-1", "sh", "-c", "cat /certs/* /certs/..data/*"))
        self.assertNotIn(root, self.yard.daemon.log.read_text())

    def writer(self):
        """The process that writes the certificates; nothing while there is none."""
        def children(pid):
            return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for keeper in children(self.yard.daemon.process.pid):
            for child in children(keeper):
                if Path(f"/proc/{child}/comm").read_text().strip() == "fl-authority":
                    return int(child)
        return None

    def test_another_takes_the_place_of_the_process_with_the_keys(self):
        self.create("first-1", "first", "65532")
        killed = self.writer()
        os.kill(killed, signal.SIGKILL)
        poll("the loss to be told", 5, lambda: "writes the certificates of services has ended" in self.yard.daemon.log.read_text())
        self.create("second-1", "second", "65532")
        self.assertNotEqual(self.writer(), killed)
        poll("fairlead tls to show both", 10, lambda: {"first.default", "second.default"} <= set(self.told()))
        self.assertFalse(self.told()["authority"].get("trouble"))

    def test_a_user_without_a_number_is_told(self):
        self.create("web-1", "web", "nobody")
        trouble = poll("the trouble", 10, lambda: self.told().get("web.default", {}).get("trouble"))
        self.assertIn("container web-1 runs as user nobody, whose number only its image knows", trouble)
        self.assertEqual((self.certs / "default" / "web" / "tls.key").stat().st_mode & 0o777, 0o400)


if __name__ == "__main__":
    cases.main()
