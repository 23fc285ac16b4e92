"""What stands between fairleadd and a real engine and does as it is told: ends, silences, swallows."""

import os
import select
import socket
import tempfile
import threading


class _Exchange:
    """One connection: one request of fairleadd's, and what the engine answers."""

    def __init__(self, request, client, server):
        self.request = request
        self.client = client
        self.server = server
        self.is_muted = False
        self.is_answered = False

    def end(self):
        for peer in (self.client, self.server):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Relay:
    """Listens on a unix socket of its own until closed; `target` is the engine's."""

    def __init__(self, target):
        self._directory = tempfile.mkdtemp(prefix="fairlead-relay-")
        self.path = os.path.join(self._directory, "docker.sock")
        self._target = str(target)
        self._lock = threading.Lock()
        self._exchanges = []
        self._hanging = []
        self.requests = []    # "POST /v1.41/containers/.../restart", as they came
        self.hung_up_on = []  # stops and restarts that were left before they were answered
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(self.path)
        self._listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    # --- what goes wrong -----------------------------------------------------------------------
    def end(self, part):
        """The proper end, at once, of all exchanges whose request holds `part`. Returns how many."""
        with self._lock:
            ended = [exchange for exchange in self._exchanges if part in exchange.request]
        for exchange in ended:
            exchange.end()
        return len(ended)

    def mute(self, part):
        """They stay open, and nothing comes of them any more. Returns how many."""
        with self._lock:
            muted = [exchange for exchange in self._exchanges if part in exchange.request]
            for exchange in muted:
                exchange.is_muted = True
        return len(muted)

    def hang(self, part):
        """Whatever is asked like this from now on gets no answer, until behave()."""
        self._hanging = [*self._hanging, part]

    def behave(self):
        self._hanging = []

    def go_away(self):
        """The socket is not there any more, and every exchange ends."""
        os.rename(self.path, self.path + ".away")
        self.end("")

    def come_back(self):
        os.rename(self.path + ".away", self.path)

    def asked(self, *parts):
        """The requests that hold all parts."""
        return [request for request in list(self.requests) if all(part in request for part in parts)]

    def close(self):
        self._listening.close()
        self.end("")
        for name in os.listdir(self._directory):
            os.unlink(os.path.join(self._directory, name))
        os.rmdir(self._directory)

    # --- the way there and back ----------------------------------------------------------------
    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
            head = b""
            while b"\r\n" not in head:
                some = client.recv(65536)
                if not some:
                    return
                head += some
            exchange = _Exchange(head.split(b" HTTP/")[0].decode(), client, server)
            self.requests.append(exchange.request)
            with self._lock:
                self._exchanges.append(exchange)
            try:
                if any(part in exchange.request for part in self._hanging):
                    while client.recv(65536):
                        pass
                else:
                    server.connect(self._target)
                    server.sendall(head)
                    self._pass_on(exchange)
            except OSError:
                pass  # One of both has gone: so does the exchange.
            finally:
                with self._lock:
                    self._exchanges.remove(exchange)
                is_stop = exchange.request.split("?")[0].endswith(("/stop", "/restart"))
                if is_stop and not exchange.is_answered:
                    self.hung_up_on.append(exchange.request)

    @staticmethod
    def _pass_on(exchange):
        ways = {exchange.client: exchange.server, exchange.server: exchange.client}
        while True:
            for source in select.select(list(ways), [], [])[0]:
                some = source.recv(65536)
                if not some and not (exchange.is_muted and source is exchange.server):
                    return
                if source is exchange.server:
                    exchange.is_answered = True
                    if exchange.is_muted:
                        if not some:
                            del ways[source]
                        continue
                ways[source].sendall(some)
