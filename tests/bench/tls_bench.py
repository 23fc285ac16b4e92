"""tls_bench: what a TLS handshake and an idle TLS connection cost the daemon, beside `openssl s_server` and nginx.

`openssl s_time` makes whole handshakes (P-256, TLS 1.3) one after another, with each server in turn; the CPU is the server's, all
its threads, by the scheduler's nanoseconds. s_server holds one connection at a time, so that idle ones stand beside nginx's.
"""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

from figures import quantile, tell_ratio
from harness import paths
from harness.authority import Authority
from harness.folder import new_folder
from harness.waiting import end_process, poll, run

ROUNDS = 5
SECONDS = 2  # of one server's turn
IDLE = 100  # the HTTP listener holds 128
PER_ADDRESS = 50  # idle connections from one address: the daemon gives nobody all its places
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
NGINX = Path("/usr/sbin/nginx")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Place:
    """A folder with certificates and the servers, all of which end with it."""

    def __init__(self):
        self.folder = new_folder("fairlead-tls-bench-")
        self.authority = Authority(self.folder / "authority", "root")
        self.own = self.authority.issue("own", "IP:127.0.0.1")
        self.caller = self.authority.issue("caller", "DNS:caller.corp")
        self.servers = []

    def start(self, command):
        log = (self.folder / f"log-{len(self.servers)}").open("w+")
        self.servers.append(subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        return self.servers[-1].pid, Path(log.name)

    def close(self):
        for server in self.servers:
            end_process(server, 10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def fairleadd(self):
        """(pid, {plane: address})"""
        profile = {"cert": str(self.own[0]), "key": str(self.own[1]), "ca": str(self.authority.ca)}
        config = {"engine": {"endpoint": f"unix://{self.folder}/no-engine.sock"}, "state_dir": str(self.folder / "state"),
                  "tls_profiles": {"mutual": {**profile, "client_auth": "require"}, "page": profile},
                  "admin": {"listen": [f"unix:{self.folder}/admin/admin.sock"]},
                  "http": {"listen": ["127.0.0.1:0"], "tls": "page"}, "discovery": {"listen": ["127.0.0.1:0"], "tls": "mutual"}}
        (self.folder / "config.json").write_text(json.dumps(config))
        pid, log = self.start([paths.FAIRLEADD, "--config", self.folder / "config.json"])

        def told():
            text = log.read_text()
            found = [re.search(words + r'"?([0-9.]+:\d+)', text) for words in (
                r"discovery listens address=", r"HTTP listens address=https://")]
            return [match.group(1) for match in found] if all(found) else None
        discovery, http = poll("the daemon to listen", 20, told)
        return pid, {"discovery": discovery, "http": http}

    def s_server(self, *words):
        port = free_port()
        pid, _ = self.start(["openssl", "s_server", "-accept", port, "-quiet", "-cert", self.own[0], "-key", self.own[1],
                             "-naccept", 1_000_000, *words])
        poll("s_server to listen", 10, lambda: is_open(port))
        return pid, f"127.0.0.1:{port}"

    def nginx(self, name, words=""):
        port = free_port()
        (self.folder / name).write_text(f"""
daemon off; master_process off; pid {self.folder}/{name}.pid; error_log stderr;
events {{ worker_connections 2048; }}
http {{ access_log off; keepalive_timeout 600; server {{
  listen 127.0.0.1:{port} ssl; ssl_certificate {self.own[0]}; ssl_certificate_key {self.own[1]}; ssl_protocols TLSv1.3; {words}
  location / {{ return 204; }} }} }}
""")
        pid, _ = self.start([NGINX, "-c", self.folder / name, "-p", self.folder])
        poll("nginx to listen", 10, lambda: is_open(port))
        return pid, f"127.0.0.1:{port}"


def is_open(port):
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", port)) == 0


def cpu_ns(pid):
    return sum(int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0]) for task in os.listdir(f"/proc/{pid}/task"))


def private_kib(pid):
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()).group(1))


def handshakes(place, pid, address):
    """(handshakes a second, microseconds of the server's CPU for each)"""
    before = cpu_ns(pid)
    said = run(["openssl", "s_time", "-connect", address, "-new", "-time", SECONDS, "-tls1_3", "-CAfile", place.authority.ca,
                "-cert", place.caller[0], "-key", place.caller[1]])
    spent = cpu_ns(pid) - before
    made, seconds = re.search(r"(\d+) connections in (\d+) real seconds", said).groups()
    return int(made) / int(seconds), spent / int(made) / 1000


def idle_kib(place, pid, address, first_bytes):
    """Private memory of one connection that is idle after `first_bytes` were answered."""
    context = ssl.create_default_context(cafile=str(place.authority.ca))
    context.load_cert_chain(*place.caller)
    if first_bytes is PREFACE:
        context.set_alpn_protocols(["h2"])
    host, port = address.split(":")

    def connect(number):
        plain = socket.create_connection((host, int(port)), 10, source_address=(f"127.0.1.{1 + number // PER_ADDRESS}", 0))
        peer = context.wrap_socket(plain, server_hostname=host)
        peer.sendall(first_bytes)
        peer.recv(65536)
        return peer
    kept = [connect(0) for _ in range(8)]  # what the first ones cost is not theirs alone
    time.sleep(0.5)
    before = private_kib(pid)
    kept += [connect(number) for number in range(PER_ADDRESS, PER_ADDRESS + IDLE)]
    time.sleep(1)
    grown = private_kib(pid) - before
    for peer in kept:
        peer.setblocking(False)
        try:
            while peer.recv(65536):
                pass
            raise SystemExit(f"tls_bench: {address} closed an idle connection ({kept.index(peer)} of {len(kept)}); nothing can be said of its memory")
        except ssl.SSLWantReadError:
            peer.close()
    return grown / IDLE


def measure(place):
    daemon, address = place.fairleadd()
    mutual, plain = place.s_server("-Verify", 1, "-verify_return_error", "-CAfile", place.authority.ca), place.s_server()
    nginx = place.nginx("nginx")
    nginx_mutual = place.nginx("nginx-mutual", f"ssl_verify_client on; ssl_client_certificate {place.authority.ca};")
    runs = {"discovery, certificates of both": (daemon, address["discovery"]), "s_server -Verify": mutual,
            "HTTP, of the server alone": (daemon, address["http"]), "s_server": plain}
    seen = {what: [] for what in runs}
    for _ in range(ROUNDS):
        for what, (pid, where) in runs.items():
            seen[what].append(handshakes(place, pid, where))
    print(f"whole handshakes, TLS 1.3, P-256, one after another, {ROUNDS} x {SECONDS} s each in turn")
    cpu = {}
    for what, figures in seen.items():
        cpu[what] = quantile([each for _, each in figures], 0.5)
        print(f"  {what:32} {quantile([rate for rate, _ in figures], 0.5):6.0f} a second   CPU min "
              f"{min(each for _, each in figures):6.1f} us   p50 {cpu[what]:6.1f} us")
    tell_ratio("discovery / s_server -Verify", cpu["discovery, certificates of both"] / cpu["s_server -Verify"], 1.1)
    tell_ratio("HTTP / s_server", cpu["HTTP, of the server alone"] / cpu["s_server"], 1.1)
    request = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    idle = {"discovery": idle_kib(place, daemon, address["discovery"], PREFACE),
            "nginx, certificates of both": idle_kib(place, *nginx_mutual, request),
            "HTTP": idle_kib(place, daemon, address["http"], request), "nginx": idle_kib(place, *nginx, request)}
    print(f"private memory of an idle TLS connection, {IDLE} of them: " +
          ", ".join(f"{what} {kib:.1f} KiB" for what, kib in idle.items()))
    tell_ratio("discovery / nginx, certificates of both", idle["discovery"] / idle["nginx, certificates of both"], 1.0)
    tell_ratio("HTTP / nginx", idle["HTTP"] / idle["nginx"], 1.0)


def main():
    sys.stdout.reconfigure(line_buffering=True)
    if not NGINX.exists():
        raise SystemExit("tls_bench: there is no nginx; run ./dev setup")
    place = Place()
    try:
        measure(place)
    finally:
        place.close()


if __name__ == "__main__":
    main()
