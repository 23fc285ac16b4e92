"""One gRPC call by hand, for clients that misbehave: HTTP/2 without a library, and without manners."""

import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
FRAME_BYTES_MAX = 16384
FIRST_WINDOW = 65535


def literal(name, value):
    """One header, neither indexed nor compressed (RFC 7541, 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


class RawCall:
    """A call of `path` on stream 1. Says how it ended: 'trailers', 'reset', 'goaway' or 'closed'."""

    def __init__(self, unix_path, path, seconds=10):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(seconds)
        self._socket.connect(str(unix_path))
        self._unread = b""
        self._window = {0: FIRST_WINDOW, 1: FIRST_WINDOW}
        self.messages = 0  # DATA frames with something in them
        self.end = None
        headers = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "localhost",
                   "content-type": "application/grpc", "te": "trailers"}
        block = b"".join(literal(name, value) for name, value in headers.items())
        self._socket.sendall(PREFACE + frame(SETTINGS, 0, 0) + frame(HEADERS, END_HEADERS, 1, block))

    def _read(self, count):
        while len(self._unread) < count:
            got = self._socket.recv(65536)
            if not got:
                raise ConnectionError("closed")
            self._unread += got
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def _take_frame(self):
        try:
            head = self._read(9)
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self._read(int.from_bytes(head[:3], "big"))
        except ConnectionError:
            self.end = "closed"
            return
        if kind == WINDOW_UPDATE:
            self._window[stream] += int.from_bytes(payload, "big")
        elif kind == SETTINGS and not flags & ACK:
            for name, value in struct.iter_unpack(">HI", payload):
                if name == 4:  # SETTINGS_INITIAL_WINDOW_SIZE
                    self._window[1] += value - FIRST_WINDOW
            self._socket.sendall(frame(SETTINGS, ACK, 0))
        elif kind == PING and not flags & ACK:
            self._socket.sendall(frame(PING, ACK, 0, payload))
        elif kind == DATA:
            self.messages += bool(payload)
        elif kind in (RST_STREAM, GOAWAY):
            self.end = "reset" if kind == RST_STREAM else "goaway"
        elif kind == HEADERS and flags & END_STREAM:
            self.end = "trailers"

    def send(self, message):
        """Sends one gRPC message as fast as the peer allows, until the call ends."""
        rest = b"\x00" + struct.pack(">I", len(message)) + message
        while rest and self.end is None:
            size = min(len(rest), FRAME_BYTES_MAX, self._window[0], self._window[1])
            if size <= 0:
                self._take_frame()
                continue
            self._window = {stream: window - size for stream, window in self._window.items()}
            self._socket.sendall(frame(DATA, 0, 1, rest[:size]))
            rest = rest[size:]

    def wait_end(self):
        while self.end is None:
            self._take_frame()
        return self.end

    def wait_message(self):
        while self.end is None and self.messages == 0:
            self._take_frame()
        return self.messages > 0

    def close(self):
        self._socket.close()


def send_bytes(unix_path, data, seconds=10):
    """Sends what is no HTTP/2 and reads until the peer hangs up. Returns what it said."""
    said = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(seconds)
        peer.connect(str(unix_path))
        try:
            peer.sendall(data)
            while got := peer.recv(65536):
                said += got
        except (BrokenPipeError, ConnectionResetError):
            pass
    return said
