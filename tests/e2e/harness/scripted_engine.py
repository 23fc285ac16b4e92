"""Engines that are none: a unix socket that accepts and does one wrong thing. See test_daemon.py."""

import json
import socket
import subprocess
import threading
import time


class HostOnly:
    """What Daemon needs of an engine where there is none: an endpoint, and this machine."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def inside(self, command):
        return list(command)

    def spawn(self, command, **options):
        return subprocess.Popen([str(part) for part in command], start_new_session=True, env={}, **options)


def rubbish(peer):
    peer.recv(4096)
    peer.sendall(b"\x00\xffSSH-2.0-this is no engine\r\n\r\n" * 100)


def endless_head(peer):
    """A reply whose head never ends; sends until the daemon has had enough, at most 64 MiB."""
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(1024):
        peer.sendall(b"X-%d: " % number + b"a" * 65536 + b"\r\n")


def too_old(peer):
    """Docker 1.12 as to what it says of itself: API 1.24."""
    while peer.recv(4096):
        body = json.dumps({"Version": "1.12.6", "ApiVersion": "1.24", "MinAPIVersion": "1.12"}).encode()
        peer.sendall(b"HTTP/1.1 200 OK\r\nApi-Version: 1.24\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)


def silent(peer):
    peer.settimeout(60)
    while peer.recv(4096):
        pass


class ScriptedEngine:
    """Listens at `path` in a thread of its own until closed; `script(peer)` is one connection's life."""

    def __init__(self, path, script):
        self.connections = 0
        self._script = script
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(str(path))
        self._listening.listen(16)
        self._listening.settimeout(0.2)
        self._is_open = True
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        end = time.monotonic() + 120
        while self._is_open and time.monotonic() < end:
            try:
                peer, _ = self._listening.accept()
            except (TimeoutError, OSError):
                continue
            self.connections += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with peer:
            try:
                self._script(peer)
            except OSError:
                pass  # the daemon hung up, which is its right

    def close(self):
        self._is_open = False
        self._listening.close()
        self._thread.join(1)
