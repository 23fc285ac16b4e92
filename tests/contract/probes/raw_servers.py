"""Servers that are no gRPC servers, or bad ones: a socket and a few bytes each."""

import socket
import threading

from harness.raw_h2 import END_HEADERS, END_STREAM, HEADERS, RST_STREAM, SETTINGS, DATA, frame, literal

PREFACE_BYTES = 24


def _head(**fields):
    return b"".join(literal(name.replace("_", "-"), value) for name, value in fields.items())


def _reply(status, content_type, *frames):
    head = literal(":status", status) + literal("content-type", content_type)
    return frame(HEADERS, END_HEADERS, 1, head) + b"".join(frames)


def _trailers(**fields):
    return frame(HEADERS, END_HEADERS | END_STREAM, 1, _head(**fields))


SERVING = b"\0\0\0\0\2\x08\1"
GRPC = "application/grpc"

# What each says to a call, once it was asked; its SETTINGS have come before.
REPLIES = {
    "answers": _reply("200", GRPC, frame(DATA, 0, 1, SERVING), _trailers(grpc_status="0")),
    "answers-proto": _reply("200", "application/grpc+proto", frame(DATA, 0, 1, SERVING), _trailers(grpc_status="0")),
    "answers-empty": _reply("200", GRPC, frame(DATA, 0, 1, b"\0\0\0\0\0"), _trailers(grpc_status="0")),
    "no-message": _reply("200", GRPC, _trailers(grpc_status="0")),
    "no-status": _reply("200", GRPC, frame(DATA, 0, 1, SERVING), _trailers(other="x")),
    "two-messages": _reply("200", GRPC, frame(DATA, 0, 1, SERVING + SERVING), _trailers(grpc_status="0")),
    "no-health-message": _reply("200", GRPC, frame(DATA, 0, 1, b"\0\0\0\0\2\x08\xff"), _trailers(grpc_status="0")),
    "flagged-and-plain": _reply("200", GRPC, frame(DATA, 0, 1, b"\1" + SERVING[1:]), _trailers(grpc_status="0")),
    "error-at-once": frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(":status", "200") + literal(
        "content-type", GRPC) + literal("grpc-status", "14") + literal("grpc-message", "go%20away")),
    "http-503": frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(":status", "503")),
    "http-404": frame(HEADERS, END_HEADERS | END_STREAM, 1, literal(":status", "404")),
    "a-web-page": _reply("200", "text/html", frame(DATA, END_STREAM, 1, b"<html></html>")),
    "resets": frame(RST_STREAM, 0, 1, b"\0\0\0\2"),
    "hangs-up": b"",
}
# What the others do with a connection; `deaf` does not even accept one.
MANNERS = ("silent", "hangs-up-at-once", "speaks-http1", "babbles", "deaf")


class RawServer:
    """One of them, on a port of its own, until close()."""

    def __init__(self, name):
        self._name = name
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._held = []
        if name != "deaf":
            threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            taken.settimeout(20)
            self._held.append(taken)
            threading.Thread(target=self._serve, args=(taken,), daemon=True).start()

    def _serve(self, taken):
        try:
            if self._name in REPLIES:
                self._answer(taken)
            elif self._name == "hangs-up-at-once":
                taken.close()
            elif self._name == "speaks-http1":
                taken.recv(65536)
                taken.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            elif self._name == "babbles":
                taken.sendall(b"hello, this is no HTTP/2 at all\r\n" * 8)
        except OSError:
            pass  # who asks may go at any time

    def _answer(self, taken):
        taken.sendall(frame(SETTINGS, 0, 0))
        unread = b""

        def read(count):
            nonlocal unread
            while len(unread) < count:
                got = taken.recv(65536)
                if not got:
                    raise ConnectionError
                unread += got
            part, unread = unread[:count], unread[count:]
            return part

        read(PREFACE_BYTES)
        while True:
            head = read(9)
            read(int.from_bytes(head[:3], "big"))
            if head[3] == DATA:
                break
        taken.sendall(REPLIES[self._name])
        if self._name == "hangs-up":
            taken.close()
            return
        while taken.recv(65536):
            pass

    def close(self):
        for one in (self._listener, *self._held):
            one.close()
