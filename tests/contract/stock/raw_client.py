"""Clients by hand, below our own prober: frames at a fixed rate, and how the server takes them."""

import asyncio
import struct
import time

from harness.raw_h2 import (ACK, DATA, END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, SETTINGS, frame, literal)
from stock.frames import FrameReader, Tally

CHECK = "/grpc.health.v1.Health/Check"
EMPTY_REQUEST = b"\x00" * 5  # a gRPC message of no bytes: it asks for the service ""
SERVING = b"\x00\x00\x00\x00\x02\x08\x01"


def check_frames(stream):
    fields = {":method": "POST", ":scheme": "http", ":path": CHECK, ":authority": "localhost",
              "content-type": "application/grpc", "te": "trailers"}
    block = b"".join(literal(name, value) for name, value in fields.items())
    return frame(HEADERS, END_HEADERS, stream, block) + frame(DATA, END_STREAM, stream, EMPTY_REQUEST)


class RawClient:
    """One connection. What came back is in `tally`, `answers` and `latencies` (seconds)."""

    def __init__(self):
        self.tally = Tally()
        self.settings_sent = 0  # that of the preface included
        self.pings_sent = 0
        self.asked = 0
        self.answers = 0  # to Check, SERVING
        self.latencies = []  # from each empty SETTINGS frame to its acknowledgement
        self.is_closed = False
        self._unacknowledged = []
        self._writer = None
        self._reading = None

    async def open(self, port):
        reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._send_settings(PREFACE)
        self._reading = asyncio.ensure_future(self._read(reader))

    def close(self):
        self._reading.cancel()
        self._writer.close()

    @property
    def unacknowledged(self):
        return len(self._unacknowledged)

    def _send_settings(self, before=b""):
        self._writer.write(before + frame(SETTINGS, 0, 0))
        self._unacknowledged.append(time.monotonic())
        self.settings_sent += 1

    async def settings_beside_checks(self, every, until):
        """An empty SETTINGS frame and a Check each `every` seconds."""
        async for _ in ticks(every, until):
            self._send_settings()
            self._writer.write(check_frames(2 * self.asked + 1))
            self.asked += 1

    async def settings(self, every, until):
        """An empty SETTINGS frame each `every` seconds and nothing else: no answer to a call makes up for it."""
        async for _ in ticks(every, until):
            self._send_settings()

    async def pings(self, every, until):
        """A PING each `every` seconds and nothing else, until it is punished."""
        async for number in ticks(every, until):
            if self.is_closed or self.tally.strikes:
                return
            self._writer.write(frame(PING, 0, 0, struct.pack(">Q", number)))
            self.pings_sent += 1

    async def _read(self, reader):
        frames = FrameReader(has_preface=False)
        try:
            while data := await reader.read(65536):
                for kind, flags, _, payload in frames.feed(data):
                    self._take(kind, flags, payload)
        except OSError:
            pass  # A reset is an end like another here.
        self.is_closed = True

    def _take(self, kind, flags, payload):
        self.tally.count(kind, flags, payload)
        if kind == SETTINGS and flags & ACK:
            self.latencies.append(time.monotonic() - self._unacknowledged.pop(0))
        elif kind == SETTINGS:
            self._writer.write(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self._writer.write(frame(PING, ACK, 0, payload))
        elif kind == DATA and payload == SERVING:
            self.answers += 1


async def ticks(every, until):
    """Yields 0, 1, 2 ... each `every` seconds until the monotonic time `until`, however late it is."""
    number, at = 0, time.monotonic()
    while at < until:
        yield number
        number, at = number + 1, at + every
        await asyncio.sleep(max(0, at - time.monotonic()))
