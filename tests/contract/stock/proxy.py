"""What stands between a client and a stock server: passes bytes on as they are, and counts frames.

Its address stays while servers come and go. While its server is down it refuses connections, as the
server's own address would.
"""

import asyncio
import socket

from stock.frames import FrameReader, Tally


class RecordingProxy:
    def __init__(self):
        self.from_server = Tally()
        self.from_client = Tally()
        self.connections = 0
        self.hung_up_by_server = 0
        self._server_port = None
        self._listening = None
        self._ways = set()
        # Bound and never listening: keeps the port ours while nothing listens on it.
        self._holder = self._bound(0)
        self.port = self._holder.getsockname()[1]

    @staticmethod
    def _bound(port):
        # Named, because asyncio turns Nagle's delay off only where the protocol is named.
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def lead_to(self, server_port):
        self._server_port = server_port
        self._listening = await asyncio.start_server(self._serve, sock=self._bound(self.port))

    def refuse(self):
        """No new connection from now on; those that are there stay as long as the server keeps them."""
        self._listening.close()

    def close(self):
        self.refuse()
        self._holder.close()
        for way in self._ways:
            way.cancel()

    async def _serve(self, client_reader, client_writer):
        self.connections += 1
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            client_writer.transport.abort()
            return
        there = asyncio.ensure_future(
            self._pass_on(client_reader, server_writer, FrameReader(has_preface=True), self.from_client))
        back = asyncio.ensure_future(
            self._pass_on(server_reader, client_writer, FrameReader(has_preface=False), self.from_server))
        self._ways |= {there, back}
        done, _ = await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        if back in done:
            self.hung_up_by_server += 1
        for writer in (client_writer, server_writer):
            writer.close()

    @staticmethod
    async def _pass_on(reader, writer, frames, tally):
        try:
            while data := await reader.read(65536):
                # Passed on before it is looked at: reading costs time that is not the server's.
                writer.write(data)
                for kind, flags, _, payload in frames.feed(data):
                    tally.count(kind, flags, payload)
                await writer.drain()
        except OSError:
            pass  # A reset is an end like another here.
