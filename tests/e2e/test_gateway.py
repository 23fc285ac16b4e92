"""The gateway before a server whose .proto changes in a deploy, before servers that speak TLS alone, and before a browser:
pages, try-it, events."""

import json
import subprocess

from harness import cases, paths
from harness.authority import Authority
from harness.chromium import DRIVER, Chromium
from harness.waiting import poll
from harness.yard import QUICK
from harness.yard_case import YardCase

PEERS = paths.ROOT / ".cache" / "rest_peers" / "peers"
SCHEMATHESIS = paths.CLIENTS / "schemathesis"
IMAGE = "fairlead-everywhere:latest"
LISTENER = "127.0.0.1:18081"
CALLERS = 8
# Calls without an end until its input ends; prints how many, and what went wrong.
CALL = f"""
import http.client, json, sys, threading
over, calls, wrong = threading.Event(), [0] * {CALLERS}, []
def go_on(i):
    connection = http.client.HTTPConnection("{LISTENER}", timeout=20)
    while not over.is_set():
        try:
            connection.request("GET", f"/v1/plain?text={{i}}")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or json.loads(body)["text"] != str(i):
                wrong.append(f"{{answer.status}} {{body[:300]}}")
        except (OSError, ValueError, http.client.HTTPException) as error:
            wrong.append(repr(error))
            connection.close()
        calls[i] += 1
threads = [threading.Thread(target=go_on, args=[i]) for i in range({CALLERS})]
for thread in threads: thread.start()
sys.stdin.read()
over.set()
for thread in threads: thread.join()
print(json.dumps([sum(calls), wrong[:10]]))
"""
# What an EventSource hears until it was told five times, and what it is then.
EVENTS = """
const source = new EventSource("/v1/count/5?text=a", {});
const heard = [];
source.onmessage = (event) => {
  heard.push(JSON.parse(event.data).number);
  if (heard.length === 5) { source.close(); done([heard, source.readyState]); }
};
source.onerror = () => { source.close(); done([heard, "error"]); };
"""
# Opens the form of one operation of the try-it page, fills it, and sends it.
TRY = """
const details = [...document.querySelectorAll("details")].find((one) => one.firstChild.textContent === arguments[0]);
details.open = true;
await new Promise((ready) => setTimeout(ready));
for (const [name, value] of Object.entries(arguments[1])) details.querySelector(`[name="${name}"]`).value = value;
details.querySelector("form").requestSubmit();
const until = Date.now() + 20000;
while (!/ms$/.test(details.querySelector("output").textContent) || !details.querySelector("form > button[type=button]").disabled) {
  if (Date.now() > until) break;
  await new Promise((ready) => setTimeout(ready, 20));
}
done([details.querySelector("output").textContent, details.querySelectorAll("pre")[1].textContent]);
"""


class OfEverywhere(YardCase):
    """A yard with the image of a server that has reflection and rules for HTTP."""

    @classmethod
    def setUpClass(cls):
        cases.need(PEERS, "./dev setup --clients")
        super().setUpClass()
        archive = cls.yard.directory / "everywhere.tar"
        subprocess.run(["tar", "-C", PEERS.parent, "-cf", archive, "peers"], check=True)
        cls.yard.engine.docker("import", "--change", 'ENTRYPOINT ["/peers", "backend", "--port", "50051"]', str(archive), IMAGE)

    def deploy(self, *names, generation=1, labels=None):
        for name in names:
            self.yard.run(name, {"fairlead.enable": "true", "fairlead.service": "everywhere", "fairlead.project": "shop",
                                 "fairlead.port": "50051", "fairlead.gateway": "true", "fairlead.retry.attempts": "3", **QUICK, **(labels or {})},
                          image=IMAGE, command=["--generation", str(generation)])
            self.addCleanup(self.docker, "rm", "-f", name)
        self.yard.wait_in(*names)

    def inside(self, words, seconds=30):
        done = subprocess.run([str(word) for word in self.yard.engine.inside(words)], capture_output=True, text=True,
                              timeout=seconds, cwd=self.yard.directory, check=False)
        return done.returncode, done.stdout + done.stderr


class TheGateway(OfEverywhere):
    NAME = "gateway"

    @classmethod
    def settings(cls, yard):
        return {"gateway": {"listen": [LISTENER]}}

    def ask(self, path):
        code, said = self.inside(["curl", "-sS", "-w", "\n%{http_code}", f"http://{LISTENER}{path}"])
        self.assertEqual(code, 0, said)
        body, _, status = said.rpartition("\n")
        return int(status), body

    def test_a_proto_that_changes_in_a_deploy_fails_no_call(self):
        self.deploy("old-1", "old-2")
        self.assertEqual(self.ask("/v2/plain?added=x")[0], 404)
        self.assertNotIn("added", json.loads(self.ask("/v1/plain?added=x")[1]))
        with subprocess.Popen(self.yard.engine.inside(["python3", "-c", CALL]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as callers:
            self.deploy("new-1", "new-2", generation=2)
            for name in ("old-1", "old-2"):
                self.docker("stop", name)
            poll("everybody to know the new field", 20,
                 lambda: all(json.loads(self.ask("/v1/plain?added=x")[1]).get("added") == "x" for _ in range(8)))
            calls, wrong = json.loads(callers.communicate("", 60)[0])
        self.assertEqual(wrong, [], f"of {calls} calls")
        self.assertGreater(calls, 500)
        status, body = self.ask("/v2/plain?added=x")
        self.assertEqual((status, json.loads(body)["added"]), (200, "x"))
        self.assertIn("/v2/plain", json.loads(self.ask("/.well-known/fairlead/everywhere.shop/openapi.json")[1])["paths"])

    def test_a_standby_answers_while_nobody_else_does(self):
        self.deploy("active")
        self.deploy("spare", generation=2, labels={"fairlead.priority": "1"})

        def generations():
            return {"added" in json.loads(self.ask("/v1/plain?added=x")[1]) for _ in range(8)}
        self.assertEqual(generations(), {False})
        self.docker("stop", "active")
        poll("the standby to answer", 20, lambda: generations() == {True})
        self.docker("start", "active")
        poll("it to give the calls back", 20, lambda: generations() == {False})

    def test_the_document_is_one_that_others_read(self):
        cases.need(SCHEMATHESIS, "./dev setup --clients")
        self.deploy("read")
        code, told = self.inside([
            SCHEMATHESIS, "run", f"http://{LISTENER}/.well-known/fairlead/everywhere.shop/openapi.json", "--checks",
            "status_code_conformance,content_type_conformance,response_schema_conformance", "--phases", "fuzzing", "--mode",
            "positive", "--max-examples", "1", "--seed", "1", "--max-time", "12", "--no-color", "--request-timeout", "10",
            "--generation-database", "none", "--include-path-regex",
            "/v1/(one|plain|whole|part|tell|nothing|things)", "--url", f"http://{LISTENER}"], 90)
        self.assertEqual(code, 0, told)

    def test_a_browser_tries_a_service_and_hears_its_events(self):
        cases.need(DRIVER, "./dev setup --clients")
        self.deploy("browsed")
        browser = Chromium(self.yard.engine)
        self.addCleanup(browser.close)
        browser.go(f"http://{LISTENER}/.well-known/fairlead/everywhere.shop/try")
        browser.wait_text("#title", "^everywhere.shop$")
        status, said = browser.run_async(TRY, "GET /v1/one/{text}", {"path:text": "a b ä", "query:texts": "x\ny"})
        self.assertRegex(status, "^200 ")
        self.assertEqual((json.loads(said)["text"], json.loads(said)["texts"]), ("a b ä", ["x", "y"]))
        status, said = browser.run_async(TRY, "POST /v1/whole", {"body": '{"text": "<b>", "nested": {"name": "n"}}'})
        self.assertEqual((json.loads(said)["text"], json.loads(said)["nested"]["name"]), ("<b>", "n"))
        status, said = browser.run_async(TRY, "GET /v1/count/{count}", {"path:count": "3"})
        self.assertEqual(said.count('"result"'), 3)
        self.assertEqual(browser.run_async(EVENTS), [[0, 1, 2, 3, 4], 2])
        # The policy lets nothing of elsewhere in, nor what the page does not name.
        self.assertFalse(browser.run_async(
            "try { await fetch('http://localhost:18081/'); done(true); } catch { done(false); }"))
        self.assertEqual([line for line in browser.log() if "Content Security Policy" not in line and "400" not in line], [])


class TheGatewayOverTls(OfEverywhere):
    """One listener for HTTP/1.1 and HTTP/2, by what the caller offers, with new files for new connections."""

    NAME = "gateway-tls"

    @classmethod
    def settings(cls, yard):
        cls.authority = Authority(yard.directory / "authority", "root")
        cls.pair = cls.authority.issue("own", "IP:127.0.0.1,DNS:api.corp")
        return {"tls_profiles": {"public": dict(zip(("cert", "key"), map(str, cls.pair)))},
                "gateway": {"listen": [LISTENER], "tls": "public"}}

    def curl(self, *words):
        return self.inside(["curl", "-sS", "--max-time", "20", *words])

    def test_json_and_grpc_come_over_tls(self):
        cases.need(paths.GRPCURL, "./dev setup --clients")
        self.deploy("one")
        trusting, url = ["--cacert", self.authority.ca], f"https://{LISTENER}/v1/plain?text=x"
        poll("the gateway to know the service", 20, lambda: '"x"' in self.curl(*trusting, url)[1])
        for flag, version in (("--http1.1", "1.1"), ("--http2", "2")):
            code, said = self.curl(*trusting, flag, "-w", " %{http_version} %{http_code}", url)
            self.assertEqual((code, said.split("}")[-1].strip()), (0, f"{version} 200"), said)
        call = [paths.GRPCURL, "-cacert", self.authority.ca, "-d", '{"text": "y"}', LISTENER, "fairlead.contract.rest.Everywhere/Plain"]
        code, said = self.inside(call)
        self.assertEqual((code, json.loads(said)["text"]), (0, "y"), said)
        self.assertEqual(self.curl(url)[0], 60, "who does not know the authority does not believe it")
        self.assertNotEqual(self.curl(f"http://{LISTENER}/v1/plain")[0], 0)
        poll("both to be told of", 15, lambda: all(why in self.yard.daemon.log.read_text() for why in (
            "it does not believe our certificate", "it speaks no TLS")))
        other = Authority(self.yard.directory / "other", "other root")
        for new, mounted in zip(other.issue("own", "IP:127.0.0.1"), self.pair):
            new.rename(mounted)
        code, said = self.curl("--cacert", other.ca, url)
        self.assertEqual(code, 0, said)
        self.assertRegex(self.yard.daemon.fairlead("tls"), "public +gateway")


class TheGatewayToTls(YardCase):
    """Strict services behind it, with files of the host's and with the daemon's own authority."""

    NAME = "gateway-to-tls"
    METHOD = "fairlead.demo.v1.UserService/GetUser"
    TLS_PORT = "50052"

    @classmethod
    def settings(cls, yard):
        folder = yard.directory / "certificates"
        cls.authority, cls.stranger = Authority(folder / "root", "service root"), Authority(folder / "other", "another root")
        cls.own = cls.mount(folder / "own", cls.authority, "DNS:api.default")
        cls.strange = cls.mount(folder / "strange", cls.stranger, "DNS:api.default")
        cls.checker = cls.mount(folder / "checker", cls.authority, "DNS:fairlead")
        cls.certs = yard.daemon.directory / "certs"
        descriptors = yard.directory / "users.binpb"
        subprocess.run(["protoc", f"-I{paths.ROOT / 'manifests' / 'demo'}", f"--descriptor_set_out={descriptors}", "user.proto"],
                       check=True)
        return {"gateway": {"listen": [LISTENER], "descriptors": {"users": str(descriptors)}},
                "service_tls": {"dir": str(cls.certs)},
                "tls_profiles": {"services": {"cert": str(cls.checker / "tls.crt"), "key": str(cls.checker / "tls.key"),
                                              "ca": str(cls.checker / "ca.crt")}}}

    @classmethod
    def mount(cls, folder, authority, names):
        folder.mkdir()
        for file, mounted in zip((*authority.issue(folder.name, names), cls.authority.ca), ("tls.crt", "tls.key", "ca.crt")):
            (folder / mounted).write_bytes(file.read_bytes())
            (folder / mounted).chmod(0o600)
        return folder

    def deploy(self, name, certs, tls="files:services", labels=None, options=()):
        self.serve(name, labels={"fairlead.gateway": "true", "fairlead.gateway.descriptor": "users", "fairlead.tls": tls,
                                 "fairlead.port": self.TLS_PORT, **(labels or {})},
                   command=["--listen=", f"--tls-listen=0.0.0.0:{self.TLS_PORT}"], options=["-v", f"{certs}:/certs:ro", *options])
        self.yard.wait_in(name)

    def call(self, *words):
        done = subprocess.run([str(word) for word in self.yard.engine.inside(words)], capture_output=True, text=True, timeout=30,
                              check=False)
        return done.stdout + done.stderr

    def curl(self):
        return self.call("curl", "-sS", "-w", " %{http_code}", f"http://{LISTENER}/{self.METHOD}", "-d", "{}")

    def assert_answers(self, name):
        hostname = self.yard.engine.inspect(name)["Config"]["Hostname"]
        said = poll("the service to answer", 20, lambda: hostname in self.curl() and self.curl())
        self.assertTrue(said.endswith(" 200"), said)
        said = self.call(paths.GRPCURL, "-plaintext", "-d", "{}", LISTENER, self.METHOD)
        self.assertEqual(json.loads(said)["replica"], hostname)

    def test_a_strict_service_answers(self):
        cases.need(paths.GRPCURL, "./dev setup --clients")
        self.deploy("api-1", self.own)
        self.assert_answers("api-1")

    def test_one_with_a_certificate_of_the_daemons_own_answers(self):
        cases.need(paths.GRPCURL, "./dev setup --clients")
        self.deploy("api-1", self.certs / "default" / "api", tls="auto", options=["--user", "65532:65532"])
        self.assert_answers("api-1")

    def test_who_is_not_believed_is_not_called_and_both_sides_hear_why(self):
        # Its checks do not look.
        self.deploy("api-1", self.strange, labels={"fairlead.health.protocol": "none"})
        said = poll("the call to be refused", 20, lambda: " 503" in self.curl() and self.curl())
        self.assertIn("api.default could not be reached: TLS with its replicas came to nothing; the daemon's log says why", said)
        said = self.call(paths.GRPCURL, "-plaintext", "-d", "{}", LISTENER, self.METHOD)
        self.assertIn("Code: Unavailable", said)
        for private in ("172.", "certificates", "another root"):
            self.assertNotIn(private, said)
        self.assertRegex(self.yard.daemon.log.read_text(), "gateway cannot connect to the replica over TLS.*not signed by")


if __name__ == "__main__":
    cases.main()
