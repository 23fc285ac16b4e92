"""The daemon's HTTP listener, asked over its unix socket."""

import http.client
import json
import socket


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, seconds):
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Http:
    """`path` of the unix socket."""

    def __init__(self, path, seconds=20):
        self._path, self._seconds = str(path), seconds

    def ask(self, method, target, body=None, headers=None):
        """Returns status, headers and text."""
        connection = _Connection(self._path, self._seconds)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def get(self, target):
        """The JSON that GET is answered with, and its status."""
        status, _, text = self.ask("GET", target)
        return status, json.loads(text)

    def lines(self, target):
        """The JSON lines of a stream, as they come; close() the generator to end it."""
        connection = _Connection(self._path, self._seconds)
        try:
            connection.request("GET", target)
            for line in connection.getresponse():
                yield json.loads(line)
        finally:
            connection.close()
