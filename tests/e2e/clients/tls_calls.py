#!/usr/bin/env python3
"""Calls one of the daemon's TLS listeners at a steady rate, a few calls on each connection, until its standard input
ends; then prints, as JSON, how many calls it made, what failed, and how often the certificate was another one than on
the connection before. Run by the tests with the Python that has grpcio (.cache/clients)."""

import argparse
import http.client
import json
import os
import select
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from harness.raw_h2 import ACK, PING, PREFACE, SETTINGS, frame  # noqa: E402  pylint: disable=wrong-import-position

SECONDS_MAX = 15  # of one call
FAILURES_SHOWN = 5
STATUS = "/fairlead.admin.v1.Admin/GetStatus"


class Http:
    """GET /livez."""

    def __init__(self, options, context):
        host, port = options.address.rsplit(":", 1)
        self._connection = http.client.HTTPSConnection(host, int(port), context=context, timeout=SECONDS_MAX)
        self._connection.connect()
        self.certificate = self._connection.sock.getpeercert(True)

    def call(self):
        self._connection.request("GET", "/livez")
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise ConnectionError(f"status {answer.status}")

    def close(self):
        self._connection.close()


class Discovery:
    """HTTP/2 by hand: a PING that is acknowledged."""

    def __init__(self, options, context):
        host, port = options.address.rsplit(":", 1)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection((host, int(port)), SECONDS_MAX)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=host)
        self.certificate = self._socket.getpeercert(True)
        self._unread = b""
        self._socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

    def _read(self, count):
        while len(self._unread) < count:
            got = self._socket.recv(65536)
            if not got:
                raise ConnectionError("the server hung up")
            self._unread += got
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def call(self):
        self._socket.sendall(frame(PING, 0, 0, b"12345678"))
        while True:
            head = self._read(9)
            kind, flags = head[3], head[4]
            self._read(int.from_bytes(head[:3], "big"))
            if kind == SETTINGS and not flags & ACK:
                self._socket.sendall(frame(SETTINGS, ACK, 0))
            if kind == PING and flags & ACK:
                return

    def close(self):
        self._socket.close()


class Admin:
    """GetStatus, through grpcio."""

    certificate = None  # grpcio does not tell

    def __init__(self, options, _):
        import grpc  # pylint: disable=import-outside-toplevel
        credentials = grpc.ssl_channel_credentials(*(open(path, "rb").read() for path in (options.ca, options.key, options.cert)))
        self._channel = grpc.secure_channel(options.address, credentials, [("grpc.use_local_subchannel_pool", 1)])
        self._status = self._channel.unary_unary(STATUS, lambda message: message, lambda message: message)

    def call(self):
        self._status(b"", timeout=SECONDS_MAX)

    def close(self):
        self._channel.close()


PLANES = {"admin": Admin, "discovery": Discovery, "http": Http}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plane", choices=PLANES)
    parser.add_argument("address")
    parser.add_argument("ca")
    parser.add_argument("cert")
    parser.add_argument("key")
    parser.add_argument("--rate", type=float, default=200, help="calls per second")
    parser.add_argument("--calls-each", type=int, default=4, help="on one connection")
    options = parser.parse_args()
    context = ssl.create_default_context(cafile=options.ca)
    context.load_cert_chain(options.cert, options.key)
    calls, failures, changes, seen, connection = 0, [], 0, None, None
    due = time.monotonic()
    while not select.select([sys.stdin], [], [], max(0, due - time.monotonic()))[0]:
        due += 1 / options.rate
        try:
            if calls % options.calls_each == 0:
                if connection:
                    connection.close()
                connection = None
                connection = PLANES[options.plane](options, context)
                changes += seen is not None and seen != connection.certificate
                seen = connection.certificate
            if connection:
                connection.call()
        except Exception as error:  # pylint: disable=broad-exception-caught
            failures.append(f"call {calls}: {type(error).__name__}: {error}")
        calls += 1
    print(json.dumps({"calls": calls, "failed": len(failures), "failures": failures[:FAILURES_SHOWN], "changes": changes}))


if __name__ == "__main__":
    main()
