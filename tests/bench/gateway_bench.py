"""gateway_bench: what a unary JSON call costs our gateway, beside the real grpc-gateway and Envoy's transcoder, in turn.

All three stand before one grpc-go server on loopback, and the same callers ask on 64 connections. CPU is the whole
gateway process's, by the scheduler's accounting; the machine's cores are shared with callers and server.
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import quantile, tell_ratio
from harness import paths
from harness.waiting import end_process, poll

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contract"))
from rest import worlds  # noqa: E402  pylint: disable=wrong-import-position
from rest.requests import Row  # noqa: E402  pylint: disable=wrong-import-position

ROUNDS, SECONDS, CONNECTIONS, IDLE = 5, 3, 64, 500
CALLS = {"GET": Row("GET", "/v1/headers?headers=a:%20b"),
         "PUT": Row("PUT", "/v1/things/1", json.dumps({"title": "A thing", "labels": {"a": "b", "c": "d"}, "tags": ["x", "y", "z"],
                                                       "size": "1234567890123", "madeAt": "2026-01-31T12:00:00Z"}))}
ENVOY_FILTER = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
    "proto_descriptor": str(worlds.PEERS.parent / "everything.binpb"), "services": ["fairlead.contract.rest.Everywhere"],
    "print_options": {"always_print_primitive_fields": True}}


def socket_at(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


class Envoy:
    """With its own defaults, but for the filter; as many threads as cores."""

    def __init__(self, backend):
        self._folder = tempfile.TemporaryDirectory(prefix="fl-envoy-")
        admin = Path(self._folder.name) / "admin"
        manager = {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "bench", "codec_type": "HTTP1",
            "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "route": {"cluster": "backend", "timeout": "30s"}}]}]},
            "http_filters": [
                {"name": "transcoder", "typed_config": ENVOY_FILTER},
                {"name": "router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}
        config = {
            "admin": {"address": socket_at(0)},
            "static_resources": {
                "listeners": [{"name": "in", "address": socket_at(0), "filter_chains": [
                    {"filters": [{"name": "hcm", "typed_config": manager}]}]}],
                "clusters": [{
                    "name": "backend", "connect_timeout": "1s", "type": "STATIC",
                    "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                        "explicit_http_config": {"http2_protocol_options": {}}}},
                    "load_assignment": {"cluster_name": "backend", "endpoints": [
                        {"lb_endpoints": [{"endpoint": {"address": socket_at(backend)}}]}]}}]}}
        self._process = subprocess.Popen(
            [paths.ENVOY_PROGRAM, "--config-yaml", json.dumps(config), "--admin-address-path", admin, "--log-level", "error",
             "--disable-hot-restart"], stderr=subprocess.DEVNULL)
        self.pid = self._process.pid
        poll("Envoy to start", 20, lambda: admin.exists() and admin.read_text().strip())
        self.port = int(poll("Envoy to listen", 20, lambda: self._listener(admin.read_text().strip())).group(1))

    @staticmethod
    def _listener(admin):
        told = subprocess.run(["curl", "-sS", f"http://{admin}/listeners"], capture_output=True, text=True, check=False).stdout
        return re.search(r"127\.0\.0\.1:(\d+)", told)

    def close(self):
        end_process(self._process, 10)
        self._folder.cleanup()


def cpu_ns(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def private_kib(pid):
    return int(re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="ascii")).group(1))


def once(gateway, row):
    """(requests a second, microseconds of the processor for each); the callers' failures end the bench."""
    began, cpu = time.monotonic(), cpu_ns(gateway.pid)
    done = subprocess.run([worlds.PEERS, "load", "--verb", row.verb, "--url", f"http://127.0.0.1:{gateway.port}{row.target}",
                           "--body", row.body or "", "--connections", str(CONNECTIONS), "--seconds", str(SECONDS)],
                          capture_output=True, text=True, check=True)
    answers, failures = map(int, done.stdout.split())
    if failures or not answers:
        raise RuntimeError(f"{failures} of {answers + failures} failed")
    return answers / (time.monotonic() - began), (cpu_ns(gateway.pid) - cpu) / answers / 1000


def idle_kib(gateway):
    """Private memory of one connection that has asked once and is kept."""
    before, held = private_kib(gateway.pid), []
    for _ in range(IDLE):
        one = socket.create_connection(("127.0.0.1", gateway.port))
        one.sendall(b"GET /v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        one.recv(4096)
        held.append(one)
    time.sleep(1)
    kib = (private_kib(gateway.pid) - before) / IDLE
    for one in held:
        one.close()
    return kib


def main():
    backend = worlds.Program(worlds.PEERS, "backend")
    gateways = {}
    try:
        gateways |= {"ours": worlds.Program(worlds.OURS, backend.port)}
        gateways |= {"grpc-gateway": worlds.Program(worlds.PEERS, "gateway", f"127.0.0.1:{backend.port}")}
        gateways |= {"Envoy": Envoy(backend.port)}
        for call, row in CALLS.items():
            runs = {name: [] for name in gateways}
            for gateway in gateways.values():  # connected, described and warm
                once(gateway, row)
            for _ in range(ROUNDS):
                for name, gateway in gateways.items():
                    runs[name].append(once(gateway, row))
            print(f"{call} {row.target}: unary JSON on {CONNECTIONS} connections, {ROUNDS} times {SECONDS} s in turn")
            cpu = {}
            for name, values in runs.items():
                cpu[name] = quantile([one[1] for one in values], 0.5)
                print(f"  {name:12} {quantile([one[0] for one in values], 0.5):7.0f} requests/s   CPU of one: min "
                      f"{min(one[1] for one in values):6.1f} us   p50 {cpu[name]:6.1f} us")
            tell_ratio("ours / grpc-gateway, CPU of one", cpu["ours"] / cpu["grpc-gateway"], 0.5)
            tell_ratio("ours / Envoy, CPU of one", cpu["ours"] / cpu["Envoy"], 1.0)
        for name, gateway in gateways.items():
            print(f"  {name:12} {idle_kib(gateway):6.1f} KiB private of an idle connection")
    finally:
        for gateway in gateways.values():
            gateway.close()
        backend.close()


if __name__ == "__main__":
    main()
