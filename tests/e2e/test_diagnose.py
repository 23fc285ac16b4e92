"""`fairlead diagnose` on real containers: each setup that people break is found at its step, with its sentence."""

import json
import os
import shutil
import signal
import unittest
from pathlib import Path

from harness import cases
from harness.waiting import run
from harness.yard_case import YardCase

FINE, FAULT = 0, 1
NETWORK = "shop"
# What a certificate authority of one file needs to give certificates of any age.
AUTHORITY = """
[ca]
default_ca = any
[any]
database = {0}/index.txt
new_certs_dir = {0}
serial = {0}/serial
default_md = sha256
policy = policy
copy_extensions = copy
[policy]
commonName = supplied
"""


class Diagnose(YardCase):
    NAME = "diagnose"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yard.engine.docker("network", "create", NETWORK)
        cls.yard.run("caller", image="busybox", command=("sleep", "100000"), options=("--network", NETWORK))
        cls.yard.run("stranger", image="busybox", command=("sleep", "100000"))

    def serve_as(self, service, labels=None, options=(), **more):
        """One replica on the callers' network, by its service's name."""
        self.serve(service, service=service, labels={"fairlead.repair": "observe", **(labels or {})},
                   options=("--network", NETWORK, *options), **more)
        self.yard.wait_replica(service, "known", lambda replica: replica is not None)

    def diagnose(self, expected, *arguments):
        """The steps, by name."""
        code, out, err = self.yard.daemon.ask("diagnose", *arguments, "--output", "json")
        self.assertEqual(code, expected, out + err)
        return {step["step"]: step for step in map(json.loads, out.splitlines())}

    def assert_fault(self, step, meaning, *arguments):
        steps = self.diagnose(FAULT, *arguments)
        last = list(steps.values())[-1]
        # Where the server has a part in it its log follows.
        self.assertEqual(last["step"] == "log", step not in ("network", "name"), steps)
        if last["step"] == "log":
            self.assertIn(last["verdict"], ("FINE", "NOTE"), last)
            self.assertLessEqual(len(last["log"]), 50)
            last = list(steps.values())[-2]
        self.assertEqual((last["step"], last["verdict"]), (step, "FAULT"), steps)
        self.assertIn(meaning, last["meaning"])
        self.assertTrue(last["advice"] and last["tried"] and last["answer"], last)
        return last

    def test_a_healthy_way_is_fine_at_every_step_without_a_shell_in_either_image(self):
        self.serve_as("api")
        self.yard.wait_in("api")
        steps = self.diagnose(FINE, "caller", "api")
        self.assertEqual({name: step["verdict"] for name, step in steps.items()},
                         {**dict.fromkeys(("containers", "network", "name", "listen", "connect", "http2", "health", "log",
                                           "pinned"), "FINE"), "reflection": "NOTE"}, steps)
        self.assertIn("127.0.0.11", steps["name"]["tried"])
        self.assertEqual(steps["health"]["answer"], "SERVING")
        code, out, _ = self.yard.daemon.ask("diagnose", "caller", "api")
        self.assertEqual(code, FINE)
        self.assertIn("No fault was found", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 100)
        # Docker's resolver asks others for what is no container; here nobody answers it.
        self.assert_fault("name", "no container has that name", "caller", "api", "--name", "nobody-of-that-name")

    def test_networks_that_differ(self):
        self.serve_as("api")
        last = self.assert_fault("network", "they share no network", "stranger", "api")
        self.assertIn(f"docker network connect {NETWORK} stranger", last["advice"])

    def test_a_server_that_listens_on_loopback(self):
        self.serve_as("inward", command=("--listen=127.0.0.1:50051",))
        last = self.assert_fault("listen", "it listens on loopback alone", "caller", "inward")
        self.assertIn("127.0.0.1 port 50051", last["answer"])

    def test_the_wrong_port(self):
        self.serve_as("elsewhere", labels={"fairlead.port": "50099"})
        last = self.assert_fault("listen", "nothing listens on port 50099", "caller", "elsewhere")
        self.assertIn("port 50051", last["answer"])

    def test_an_http1_server(self):
        self.serve_as("web", image="busybox", command=("httpd", "-f", "-p", "50051"))
        self.assert_fault("http2", "an HTTP/1 server", "caller", "web")

    def test_a_server_that_hangs(self):
        self.serve_as("stuck")
        self.yard.wait_in("stuck")
        self.freeze("stuck")
        self.assert_fault("http2", "it hangs", "caller", "stuck")

    def test_a_server_that_crashed(self):
        self.serve_as("dead")
        self.yard.wait_in("dead")
        os.kill(self.yard.state("dead")["Pid"], signal.SIGKILL)
        self.yard.wait_replica("dead", "gone", lambda replica: replica["presence"] == "exited")
        last = self.assert_fault("containers", "dead does not run", "caller", "dead")
        self.assertIn("exit code 137", last["answer"])

    def test_tls_asked_of_a_plaintext_server(self):
        self.serve_as("plain")
        self.yard.wait_in("plain")
        self.assert_fault("tls", "the client speaks TLS, and the server does not", "caller", "plain", "--tls")

    def certificate(self, name, begin="20200101000000Z", end="20900101000000Z"):
        """A self-signed certificate for `name` and its key, in a folder."""
        openssl = shutil.which("openssl")
        cases.need(Path(openssl or "/nowhere/openssl"), "apt-get install openssl")
        folder = self.yard.directory / f"certificates-{name}-{end}"
        folder.mkdir(exist_ok=True)
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("01\n")
        (folder / "ca.cnf").write_text(AUTHORITY.format(folder))
        run([openssl, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", folder / "key.pem",
             "-addext", f"subjectAltName=DNS:{name}", "-out", folder / "csr.pem"], 30)
        run([openssl, "ca", "-batch", "-selfsign", "-notext", "-config", folder / "ca.cnf", "-keyfile", folder / "key.pem",
             "-in", folder / "csr.pem", "-out", folder / "cert.pem", "-startdate", begin, "-enddate", end], 30)
        return folder

    def serve_tls(self, service, folder):
        """The host's openssl, in a container that sees the host's programs."""
        mounts = [word for path in ("/usr", "/lib", "/lib64") for word in ("-v", f"{path}:{path}:ro")]
        self.serve_as(service, image="busybox", options=(*mounts, "-v", f"{folder}:/certificates:ro"),
                      command=("/usr/bin/openssl", "s_server", "-accept", "50051", "-cert", "/certificates/cert.pem",
                               "-key", "/certificates/key.pem", "-alpn", "h2", "-www"))

    def test_tls_servers_are_told_from_plaintext_and_their_certificates_judged(self):
        self.serve_tls("secure", self.certificate("secure"))
        plain = self.assert_fault("http2", "the client speaks plaintext, and the server TLS", "caller", "secure")
        self.assertIn("--tls", plain["advice"])
        steps = self.diagnose(FAULT, "caller", "secure", "--tls")
        self.assertEqual(steps["tls"]["verdict"], "NOTE", "it signed its certificate itself")
        self.assertEqual((steps["health"]["verdict"], list(steps)[-1]), ("FAULT", "log"), "openssl speaks no gRPC inside")
        self.assertIn("over TLS", steps["health"]["tried"])
        self.assertIn("ALPN h2", steps["tls"]["answer"])
        self.assertIn("it takes TLSv1.2, TLSv1.3", steps["tls"]["answer"])
        self.serve_tls("misnamed", self.certificate("other"))
        self.assert_fault("tls", "the certificate is not for misnamed", "caller", "misnamed", "--tls")
        self.serve_tls("expired", self.certificate("expired", end="20210101000000Z"))
        self.assert_fault("tls", "the certificate has expired", "caller", "expired", "--tls")

    def test_what_is_not_there_is_told_with_what_to_do(self):
        self.serve_as("api")
        for arguments, words in ((("nobody", "api"), "no running container"),
                                 (("caller", "nothing"), "no such replica or service")):
            code, _, err = self.yard.daemon.ask("diagnose", *arguments)
            self.assertEqual(code, FAULT)
            self.assertIn(words, err)


if __name__ == "__main__":
    cases.main()
