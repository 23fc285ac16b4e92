"""A real Envoy, started with `fairlead bootstrap envoy` unchanged, spreads calls per request, and takes gRPC-web from
the pages that each of its listeners names."""

import base64
import json
import subprocess
import unittest

from harness import cases, paths
from harness.fleet import PROJECT, SERVICE, Fleet
from harness.waiting import end_process, run

CALLS = 3000
LISTENER = "127.0.0.1:10000"
FOR_PAGE, FOR_ALL = "127.0.0.1:10001", "127.0.0.1:10002"
PAGE, STRANGER = "https://www.shop.example", "https://www.other.example"
METHOD = "/fairlead.demo.v1.UserService/GetUser"
MESSAGE = b"\0\0\0\0\3\x0a\x017"  # {"id": "7"}, with the five bytes before a message
# What a gRPC-web client asks to send, and a metadatum.
ASKED = "content-type,x-grpc-web,x-user-agent,grpc-timeout,authorization,x-user"
# Sends one HTTP request: where to, and its method, target, headers and body; prints what it is answered.
ASK = """
import base64, http.client, json, sys
where, method, target, headers, body = json.load(sys.stdin)
connection = http.client.HTTPConnection(where, timeout=20)
connection.request(method, target, base64.b64decode(body), headers)
answer = connection.getresponse()
told = {name.lower(): value for name, value in answer.getheaders()}
print(json.dumps([answer.status, told, base64.b64encode(answer.read()).decode()]))
"""


def frames(body):
    """{flag: bytes} of what a gRPC-web answer is made of."""
    found = {}
    while body:
        end = 5 + int.from_bytes(body[1:5], "big")
        found[body[0]] = body[5:end]
        body = body[end:]
    return found


class RealEnvoy(unittest.TestCase):
    def setUp(self):
        cases.need(paths.ENVOY, "./dev setup --clients")
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        self.fleet = Fleet("envoy", {"envoy": {"listeners": [
            {"name": "test", "address": LISTENER},
            {"name": "page", "address": FOR_PAGE, "grpc_web": True, "cors": [PAGE]},
            {"name": "all", "address": FOR_ALL, "grpc_web": True, "cors": ["*"]}]}})
        self.addCleanup(self.fleet.close)
        self.fleet.open()

    def start_envoy(self, bootstrap):
        log = self.enterContext((self.fleet.directory / "envoy.log").open("w"))
        process = self.fleet.engine.spawn(
            [paths.ENVOY, "-c", bootstrap, "--use-dynamic-base-id", "--concurrency", "1"],
            stdout=log, stderr=subprocess.STDOUT)
        self.addCleanup(end_process, process, 5)
        return process

    def call(self, calls):
        """Calls over one channel, which is one connection to Envoy; waits until Envoy listens."""
        command = self.fleet.engine.inside([
            str(paths.CLIENTS / "python"), str(paths.CALLS), LISTENER, f"--calls={calls}",
            f"--authority={SERVICE}.{PROJECT}"])
        return json.loads(run(command, 120))

    def assert_spread(self, count):
        hosts = self.fleet.hosts()
        said = self.call(count)
        log = (self.fleet.directory / "envoy.log").read_text(errors="replace")
        self.assertEqual(said["failures"], [], log[-3000:])
        self.assertEqual(set(said["replicas"]), hosts)
        share = count / len(hosts)
        for host, calls in said["replicas"].items():
            self.assertAlmostEqual(calls, share, delta=share / 10, msg=host)
        self.assertNotIn(" rejected: ", log)

    def ask(self, where, method, headers, body=b""):
        """One HTTP request to the service; returns status, headers and body."""
        request = [where, method, METHOD, {"Host": f"{SERVICE}.{PROJECT}", **headers}, base64.b64encode(body).decode()]
        status, told, body = json.loads(run(self.fleet.engine.inside(["python3", "-c", ASK]), 30, stdin=json.dumps(request)))
        return status, told, base64.b64decode(body)

    def call_from(self, origin, where, form):
        is_text = "-text" in form
        status, told, body = self.ask(where, "POST", {"Origin": origin, "Content-Type": form, "Accept": form, "X-Grpc-Web": "1"},
                                      base64.b64encode(MESSAGE) if is_text else MESSAGE)
        if is_text:  # in pieces, each with its padding
            body = b"".join(base64.b64decode(body[i:i + 4]) for i in range(0, len(body), 4))
        self.assertEqual(status, 200)
        self.assertEqual(told["content-type"], form)
        found = frames(body)
        self.assertIn(b"user 7", found[0])
        self.assertTrue([host for host in self.fleet.hosts() if host.encode() in found[0]], found)
        self.assertIn(b"grpc-status:0", found[0x80])
        return told

    def ask_before(self, origin, where):
        status, told, _ = self.ask(where, "OPTIONS", {"Origin": origin, "Access-Control-Request-Method": "POST",
                                                      "Access-Control-Request-Headers": ASKED})
        return status, told

    def assert_pages(self):
        """Each listener takes calls from the pages that it names, and its policy is no other's."""
        allowed, credentials = "access-control-allow-origin", "access-control-allow-credentials"
        for form in ("application/grpc-web+proto", "application/grpc-web-text+proto"):
            told = self.call_from(PAGE, FOR_PAGE, form)
            self.assertEqual((told[allowed], told[credentials]), (PAGE, "true"))
            self.assertIn("grpc-status", told["access-control-expose-headers"])
            self.assertNotIn(allowed, self.call_from(STRANGER, FOR_PAGE, form), "its page may not read it")
        status, told = self.ask_before(PAGE, FOR_PAGE)
        self.assertEqual((status, told[allowed], told[credentials]), (200, PAGE, "true"))
        self.assertIn("POST", told["access-control-allow-methods"])
        self.assertEqual(told["access-control-allow-headers"], ASKED)
        self.assertEqual(told["access-control-max-age"], "600")
        self.assertNotIn(allowed, self.ask_before(STRANGER, FOR_PAGE)[1])

        status, told = self.ask_before(STRANGER, FOR_ALL)
        self.assertEqual((status, told[allowed]), (200, STRANGER))
        self.assertNotIn(credentials, told)
        self.assertNotIn(credentials, self.call_from(STRANGER, FOR_ALL, "application/grpc-web+proto"))
        self.assertNotIn(allowed, self.ask_before(PAGE, LISTENER)[1])

    def test_3000_calls_on_one_connection_are_spread_within_ten_percent_also_over_increments(self):
        bootstrap = self.fleet.bootstrap("envoy")
        process = self.start_envoy(bootstrap)
        self.assert_spread(CALLS)
        self.assert_pages()

        end_process(process, 5)
        delta = self.fleet.directory / "bootstrap-delta.json"
        text = bootstrap.read_text()
        self.assertEqual(text.count('"GRPC"'), 2, "discovery, then load reports")
        delta.write_text(text.replace('"GRPC"', '"DELTA_GRPC"', 1))
        self.start_envoy(delta)
        self.assert_spread(CALLS // 10)
        self.assert_pages()
        self.fleet.compose.scale(SERVICE, 2)
        self.fleet.wait_in_rotation(2)
        self.assert_spread(CALLS // 10)


if __name__ == "__main__":
    cases.main()
