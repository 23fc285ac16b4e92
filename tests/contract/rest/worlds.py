"""The two gateways before one server, and what either answers."""

import http.client
import json
import subprocess
from dataclasses import dataclass

from harness import paths

OURS = paths.BUILD / "tests" / "contract" / "rest_gateway"
PEERS = paths.ROOT / ".cache" / "rest_peers" / "peers"
HOST = "127.0.0.1"  # as both are asked, for it is told on
ANSWER_WITHIN = 20     # seconds


class Program:
    """A program that prints `port N` and ends with its standard input."""

    def __init__(self, *words):
        self._process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._process.stdout.readline().split()[1])
        self.pid = self._process.pid

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(ANSWER_WITHIN)


@dataclass
class Answer:
    status: int
    headers: dict  # lower-case name: [value, ...]
    body: bytes

    def header(self, name):
        return self.headers.get(name.lower(), [])


def ask(port, row):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN)
    connection.putrequest(row.verb, row.target, skip_host=True, skip_accept_encoding=True)
    body = None if row.body is None else row.body.encode("utf-8", "surrogatepass")
    for name, value in (("Host", HOST), *row.headers):
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    headers = {}
    for name, value in response.getheaders():
        headers.setdefault(name.lower(), []).append(value)
    answer = Answer(response.status, headers, response.read())
    connection.close()
    return answer


def read(body, keeps_words):
    """The JSON values in a body, one a line; its bytes where it is none. Of an error of a gateway's own the code alone."""
    def number(text):
        return int(text) if len(text) < 16 else float(text)  # as JavaScript has it

    def plain(value):
        error = value.get("error", value) if isinstance(value, dict) else value
        if not keeps_words and isinstance(error, dict) and {"code", "message", "details"} <= error.keys():
            error.update(message="its own", details=[])
        return value
    try:
        return [plain(json.loads(line, parse_int=number)) for line in body.decode().split("\n") if line]
    except ValueError:
        return body


def differences(row, ours, theirs):
    """{what differs: (ours, theirs)}"""
    found = {}
    if ours.status != theirs.status:
        found["status"] = (ours.status, theirs.status)
    told = [read(answer.body, row.words) for answer in (ours, theirs)]
    if told[0] != told[1]:
        found["body"] = (ours.body, theirs.body)
    for name in ("Content-Type", *row.told):
        if ours.header(name) != theirs.header(name):
            found[name] = (ours.header(name), theirs.header(name))
    return found
