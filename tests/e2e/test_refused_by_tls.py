"""Who is refused by TLS gets a reason, and so does who refuses: real clients with a mistake each at every listener of the
daemon. What the client says, what the daemon's log and `fairlead tls` say."""

import json
import os
import re
import shutil
import subprocess
import time
import unittest
from datetime import timedelta

from harness import cases, paths
from harness.authority import Authority
from harness.folder import new_folder
from harness.waiting import end_process, poll, run

SHORT = timedelta(seconds=6)  # a certificate's time: enough for the daemon to begin
# A call by xds:///, and why it failed.
XDS_CALL = """
import grpc
channel = grpc.insecure_channel("xds:///nobody")
try:
    channel.unary_unary("/a.B/C", lambda m: m, lambda m: m)(b"", timeout=5)
except grpc.RpcError as error:
    print(error.code().name, error.details())
"""
PLANES = {"admin": ("admin API listens address=", "grpcurl", "fairlead"), "http": ("HTTP listens address=https://", "curl"),
          "gateway": ("gateway listens address=https://", "grpcurl", "curl"),
          "discovery": ("discovery listens address=", "grpcio", "envoy")}
C_CORE = ("fairlead", "grpcio")  # hang up without an alert


class Listeners(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for tool in (paths.CLIENTS / "python", paths.ENVOY, paths.GRPCURL):
            cases.need(tool, "./dev setup --clients")
        cls.folder = new_folder("fairlead-refused-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls.folder / "authority", "fairlead root")
        cls.stranger = Authority(cls.folder / "elsewhere", "another root")
        cls.own = cls.authority.issue("own", "IP:127.0.0.1,DNS:fairlead.corp")
        cls.pair = cls.authority.issue("ops", "DNS:ops.corp")

    def start(self, pair):
        """A daemon for each plane, as the log of one tells the same text a few times only."""
        self.logs, self.addresses = {}, {}
        for plane in PLANES:
            self.start_one(plane, pair)

    def start_one(self, plane, pair):
        """A daemon without an engine, all of whose listeners have this certificate and want one."""
        folder = new_folder("plane-", self.folder)
        self.admin = f"unix:{folder}/admin/admin.sock"
        profile = {"cert": str(pair[0]), "key": str(pair[1]), "ca": str(self.authority.ca), "client_auth": "require"}
        config = {"engine": {"endpoint": f"unix://{folder}/no-engine.sock"}, "state_dir": str(folder / "state"),
                  "tls_profiles": {"own": profile}, "access": {"viewers": ["DNS:ops.corp"]},
                  **{plane: {"listen": ["127.0.0.1:0"], "tls": "own"} for plane in PLANES}}
        config["admin"]["listen"].append(self.admin)
        (folder / "config.json").write_text(json.dumps(config))
        self.logs[plane] = folder / "log"
        with self.logs[plane].open("w") as log:
            daemon = subprocess.Popen([paths.FAIRLEADD, "--config", folder / "config.json"], stdout=log, stderr=log)
        self.addCleanup(lambda: self.assertEqual(end_process(daemon, 10), 0))
        words = PLANES[plane][0]

        def told():
            return [line.split(words)[1].split()[0].strip('"') for line in self.logs[plane].read_text().splitlines()
                    if words in line and "unix:" not in line]
        self.addresses[plane] = poll(f"the log to say {words}", 20, told)[0]

    # --- clients: each is asked with the authority, the pair and the name that it has -----------------
    def by_grpcurl(self, address, ca, pair, name):
        shown = ["-cert", pair[0], "-key", pair[1]] if pair else []
        named = ["-servername", name] if name else []
        # By itself it only says that its time is over, where the server's word comes after the handshake.
        return self.output([paths.GRPCURL, "-connect-timeout", "2", "-cacert", ca, *shown, *named, address, "list"],
                           GRPC_GO_LOG_SEVERITY_LEVEL="warning")

    def by_fairlead(self, address, ca, pair, name):
        shown = ["--cert", pair[0], "--key", pair[1]] if pair else []
        dialled = address.replace("127.0.0.1", "localhost") if name else address
        return self.output([paths.FAIRLEAD, "--admin", dialled, "--ca", ca, *shown, "status"])

    def by_curl(self, address, ca, pair, name):
        shown = ["--cert", pair[0], "--key", pair[1]] if pair else []
        port = address.rsplit(":", 1)[1]
        named = ["--resolve", f"{name}:{port}:127.0.0.1"] if name else []
        return self.output(["curl", "-sS", "--http1.1", "--max-time", "10", "--cacert", ca, *shown, *named,
                            f"https://{name or '127.0.0.1'}:{port}/livez"])

    def by_grpcio(self, address, ca, pair, name):
        config = {"ca_certificate_file": str(ca)}
        if pair:
            config |= {"certificate_file": str(pair[0]), "private_key_file": str(pair[1])}
        bootstrap = {"xds_servers": [{"server_uri": address.replace("127.0.0.1", "localhost") if name else address,
                                      "channel_creds": [{"type": "tls", "config": config}], "server_features": ["xds_v3"]}],
                     "node": {"id": "refused"}}
        return self.output([paths.CLIENTS / "python", "-c", XDS_CALL], GRPC_XDS_BOOTSTRAP_CONFIG=json.dumps(bootstrap))

    def by_envoy(self, address, ca, pair, name):
        text = run([paths.FAIRLEAD, "--admin", self.admin, "bootstrap", "envoy", "--tcp"])
        bootstrap = json.loads(text)
        socket = bootstrap["static_resources"]["clusters"][0]["transport_socket"]["typed_config"]
        common = socket["common_tls_context"]
        common["validation_context"]["trusted_ca"] = {"filename": str(ca)}
        common.pop("tls_certificates", None)
        if pair:
            common["tls_certificates"] = [{"certificate_chain": {"filename": str(pair[0])}, "private_key": {"filename": str(pair[1])}}]
        if name:
            common["validation_context"]["match_typed_subject_alt_names"] = [{"san_type": "DNS", "matcher": {"exact": name}}]
        file = self.folder / "envoy.json"
        file.write_text(json.dumps(bootstrap))
        log = self.folder / "envoy.log"
        with log.open("w") as out:
            envoy = subprocess.Popen([paths.ENVOY, "-c", file, "--use-dynamic-base-id", "--concurrency", "1"], stdout=out,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        try:
            return poll("Envoy to say why", 20, lambda: "closed: 14" in log.read_text() and log.read_text())
        finally:
            end_process(envoy, 5)

    def output(self, command, **environment):
        done = run(command, 30, {**os.environ, **environment}, is_checked=False)
        return done.stdout + done.stderr

    # --- mistakes ---------------------------------------------------------------------------------
    def assert_refused(self, theirs, ours, ca=None, pair=None, name=None):
        """Each client says what `theirs` has for it, and the log of its plane what `ours` does: patterns, "" for those that
        have none of their own."""
        for plane, (_, *clients) in PLANES.items():
            for client in clients:
                with self.subTest(plane=plane, client=client):
                    log = self.logs[plane]
                    mark = len(log.read_text())
                    said = getattr(self, f"by_{client}")(self.addresses[plane], ca or self.authority.ca, pair, name)
                    self.assertRegex(said, theirs.get(client) or theirs[""])
                    wanted = re.compile(f"peer refused plane={plane} .*({ours.get(client) or ours['']})")
                    poll(f"the log to say {wanted.pattern}", 5, lambda: wanted.search(log.read_text()[mark:]))

    def test_without_a_mistake_nobody_is_refused(self):
        self.start(self.own)
        for plane, client, wanted in (("admin", "grpcurl", "fairlead.admin.v1.Admin"), ("admin", "fairlead", "DNS:ops.corp: viewer here"),
                                      ("http", "curl", "alive"), ("gateway", "grpcurl", "No services"), ("gateway", "curl", "")):
            self.assertIn(wanted, getattr(self, f"by_{client}")(self.addresses[plane], self.authority.ca, self.pair, None))
        self.assertEqual([plane for plane, log in self.logs.items() if "peer refused" in log.read_text()], [])

    def test_the_client_does_not_know_our_authority(self):
        self.start(self.own)
        self.assert_refused({"grpcurl": "signed by unknown authority", "curl": "self-signed certificate in certificate chain",
                             "fairlead": "(?s)certificate verify failed.*has to be signed by --ca", "": "CERTIFICATE_VERIFY_FAILED"},
                            {"": "does not believe our certificate", **dict.fromkeys(C_CORE, "hung up on our certificate")},
                            ca=self.stranger.ca, pair=self.pair)

    def test_the_client_expects_another_name(self):
        self.start(self.own)
        self.assert_refused({"grpcurl": "valid for fairlead.corp, not elsewhere.corp",
                             "curl": "no alternative .* name matches .*'elsewhere.corp'", "fairlead": "hold the host that is dialled, or --server-name", "grpcio": "Hostname Verification Check failed",
                             "envoy": "CERTIFICATE_VERIFY_FAILED"},
                            {"": "does not believe our certificate", "curl": "it dials elsewhere.corp, which our",
                             **dict.fromkeys(C_CORE, "it dials localhost, which our")},
                            pair=self.pair, name="elsewhere.corp")

    def test_the_clients_certificate_has_expired(self):
        self.start(self.own)
        self.assert_refused({"grpcurl": "expired certificate", "grpcio": "CERTIFICATE_EXPIRED", "envoy": "CERTIFICATE_EXPIRED",
                             "": "alert certificate expired"},
                            {"": "its certificate has expired .*DNS:ops.corp"},
                            pair=self.authority.issue("late", "DNS:ops.corp", -timedelta(hours=1)))

    def test_the_client_has_none(self):
        self.start(self.own)
        # An Envoy speaks TLS 1.2 to its upstreams, which has no word for it.
        self.assert_refused({"grpcio": "CERTIFICATE_REQUIRED", "envoy": "ALERT_HANDSHAKE_FAILURE", "": "certificate required"},
                            {"": "it shows no certificate, and client_auth of TLS profile own requires one"})

    def test_the_clients_is_of_another_authority(self):
        self.start(self.own)
        # Go shows none that was not asked for.
        self.assert_refused({"grpcurl": "certificate required", "grpcio": "UNKNOWN_CA", "envoy": "UNKNOWN_CA", "": "alert unknown ca"},
                            {"": "is not signed by .*DNS:ops.corp; issuer CN = another root",
                             "grpcurl": "shows no certificate.* whose own is not signed by .*ca.crt may show none"},
                            pair=self.stranger.issue("ops", "DNS:ops.corp"))

    def test_ours_has_expired(self):
        pair = self.authority.issue("short", "IP:127.0.0.1,DNS:fairlead.corp", SHORT)
        ends = time.time() + SHORT.total_seconds()
        self.start(pair)
        poll("its end", 2 * SHORT.total_seconds(), lambda: time.time() > ends + 1)
        self.assert_refused({"grpcurl": "certificate has expired", "curl": "certificate has expired",
                             "fairlead": "certificate verify failed", "": "CERTIFICATE_VERIFY_FAILED"},
                            {"": "does not believe our certificate", **dict.fromkeys(C_CORE, "hung up on our certificate")},
                            pair=self.pair)
        poll("the command to say so", 15, lambda: "expired" in run([paths.FAIRLEAD, "--admin", self.admin, "tls"]))


if __name__ == "__main__":
    cases.main()
