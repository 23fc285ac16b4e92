"""A server that answers each health check with all that it can send: hostile_server.py KIND FILE. It listens on 50051 as soon
as FILE exists, and prints how many connections it has had, as JSON, each half second. Run by hostile_checks_bench in a container."""

import json
import os
import socket
import struct
import sys
import threading
import time

PORT = 50051
HEADERS, SETTINGS, PING, CONTINUATION, DATA = 1, 4, 6, 9, 0
PIECE = 16 * 1024


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


STATUS_200 = b"\x88"
# What comes first, what follows without end, and the seconds between two pieces of it.
KINDS = {
    "headers without end": (frame(HEADERS, 0, 1, STATUS_200), frame(CONTINUATION, 0, 1, b"\x00\x01a\x7f\x80\x7f" + b"x" * (PIECE - 8)), 0),
    "a message without end": (frame(HEADERS, 4, 1, STATUS_200) + frame(DATA, 0, 1, b"\x00\x7f\xff\xff\xff"),
                              frame(DATA, 0, 1, b"x" * PIECE), 0),
    "PINGs": (b"", frame(PING, 0, 0, b"12345678") * 100, 0),
    "SETTINGS, one by one": (b"", frame(SETTINGS, 0, 0), 0.0005),
}


class Server:
    def __init__(self, kind):
        self._opening, self._flood, self._pause = KINDS[kind]
        self.connections = 0

    def serve(self, peer):
        try:
            peer.recv(65536)
            peer.sendall(frame(SETTINGS, 0, 0) + self._opening)
            while True:
                peer.sendall(self._flood)
                time.sleep(self._pause)
        except OSError:
            peer.close()

    def run(self):
        with socket.create_server(("0.0.0.0", PORT)) as listener:
            while True:
                peer = listener.accept()[0]
                peer.settimeout(10)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()


def main():
    server = Server(sys.argv[1])
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.01)
    threading.Thread(target=server.run, daemon=True).start()
    while True:
        print(json.dumps({"connections": server.connections}), flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    main()
