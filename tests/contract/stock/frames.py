"""HTTP/2 frames in a stream of bytes, and how many of which kind there were."""

import struct
from collections import Counter

from harness.raw_h2 import ACK, GOAWAY, PING, PREFACE, RST_STREAM, SETTINGS

ENHANCE_YOUR_CALM = 0xB


class FrameReader:
    """Takes bytes in any pieces and yields (kind, flags, stream, payload)."""

    def __init__(self, has_preface):
        self._unread = b""
        self._skipped = 0 if not has_preface else len(PREFACE)

    def feed(self, data):
        self._unread += data
        if self._skipped:
            taken = min(self._skipped, len(self._unread))
            self._unread, self._skipped = self._unread[taken:], self._skipped - taken
        while len(self._unread) >= 9:
            end = 9 + int.from_bytes(self._unread[:3], "big")
            if len(self._unread) < end:
                return
            kind, flags, stream = struct.unpack(">BBI", self._unread[3:9])
            payload, self._unread = self._unread[9:end], self._unread[end:]
            yield kind, flags, stream, payload


class Tally:
    """What one side of connections has said of interest: its strikes, settings and pings."""

    def __init__(self):
        self.goaways = []  # "code 11: too_many_pings"
        self.resets = Counter()  # RST_STREAM by error code
        self.settings = 0
        self.settings_acknowledged = 0
        self.pings = 0
        self.pings_answered = 0

    def count(self, kind, flags, payload):
        if kind == GOAWAY:
            code = int.from_bytes(payload[4:8], "big")
            self.goaways.append(f"code {code}: {payload[8:].decode(errors='replace')}")
        elif kind == RST_STREAM:
            self.resets[int.from_bytes(payload, "big")] += 1
        elif kind == SETTINGS and flags & ACK:
            self.settings_acknowledged += 1
        elif kind == SETTINGS:
            self.settings += 1
        elif kind == PING and flags & ACK:
            self.pings_answered += 1
        elif kind == PING:
            self.pings += 1

    @property
    def strikes(self):
        """Everything by which a server tells a client that it asks too much."""
        return [*self.goaways, *["RST_STREAM ENHANCE_YOUR_CALM"] * self.resets[ENHANCE_YOUR_CALM]]
