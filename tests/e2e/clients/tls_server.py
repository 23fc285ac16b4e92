#!/usr/bin/env python3
"""The demo's GetUser and health by the stock grpcio library, over mutual TLS with the tls.crt, tls.key and ca.crt that a
directory has at each handshake. Each second, and when it is told to stop, it prints as JSON how often a
handshake showed another pair than the one before, how many connections brought calls, and how many certificates their
callers showed.

Run by the tests in a container, with the Python that has grpcio (.cache/clients). See grpcio_calls.py for its messages.
"""

import argparse
import json
import os
import signal
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

READS_MAX = 50  # of files that do not fit together: whoever replaces them is between two writes
READS_APART = 0.001


def fits(crt, key):
    """Whether they are a pair; OpenSSL reads files only."""
    with os.fdopen(os.memfd_create("pair"), "wb") as pair:
        pair.write(crt + b"\n" + key)
        pair.flush()
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(f"/proc/self/fd/{pair.fileno()}")
            return True
        except ssl.SSLError:
            return False


class Files:
    """What the directory holds, and whom connections have met."""

    def __init__(self, directory):
        self._directory = Path(directory)
        self._lock = threading.Lock()
        self._last = None
        self._changes, self._connections, self._callers = 0, set(), set()

    def _read(self):
        for _ in range(READS_MAX):
            try:
                crt, key, ca = ((self._directory / name).read_bytes() for name in ("tls.crt", "tls.key", "ca.crt"))
                if fits(crt, key):
                    return crt, key, ca
            except OSError:
                pass
            time.sleep(READS_APART)
        return None

    def configuration(self):
        """For grpc: None where nothing is new."""
        with self._lock:
            read = self._read()
            if read is None or read == self._last:
                return None
            self._last = read
            crt, key, ca = read
            self._changes += 1
            return grpc.ssl_server_certificate_configuration([(key, crt)], root_certificates=ca)

    def wait(self, seconds):
        """The first configuration: the files may come later than the container."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if made := self.configuration():
                return made
            time.sleep(0.1)
        raise SystemExit(f"no pair in {self._directory} within {seconds} s")

    def met(self, context):
        with self._lock:
            self._connections.add(context.peer())
            self._callers.update(context.auth_context().get("x509_pem_cert", ()))

    def told(self):
        with self._lock:
            return json.dumps({"changes": self._changes, "connections": len(self._connections), "callers": len(self._callers)})


def get_user(files):
    host = socket.gethostname().encode()
    answer = b"\x12" + bytes([len(host)]) + host

    def handle(_, context):
        files.met(context)
        return answer
    return grpc.method_handlers_generic_handler("fairlead.demo.v1.UserService", {"GetUser": grpc.unary_unary_rpc_method_handler(
        handle, lambda message: message, lambda message: message)})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", default="0.0.0.0:50052")
    parser.add_argument("--directory", default="/certs")
    parser.add_argument("--age-ms", type=int, default=1000, help="a connection is ended after so long")
    options = parser.parse_args()
    files = Files(options.directory)
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_connection_age_ms", options.age_ms),
                                                         ("grpc.max_connection_age_grace_ms", 10_000)])
    server.add_generic_rpc_handlers((get_user(files),))
    servicer = health.HealthServicer()
    servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_secure_port(options.listen, grpc.dynamic_ssl_server_credentials(
        files.wait(30), files.configuration, require_client_authentication=True))
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    server.start()
    while not stopped.wait(1):
        print(files.told(), flush=True)
    print(files.told(), flush=True)
    servicer.enter_graceful_shutdown()
    server.stop(5).wait()


if __name__ == "__main__":
    main()
