"""gRPC servers with a health service that says, by name, whatever a health service can say.

Run by the Python that has grpcio. Argument: a folder with what certificates.py made, where unix sockets go, too.
Prints one line of JSON, name -> address, and ends with its standard input.
"""

import json
import sys
import threading
from concurrent import futures
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

SAID = health_pb2.HealthCheckResponse
STATUSES = {"": SAID.SERVING, "up": SAID.SERVING, "down": SAID.NOT_SERVING, "unknown-status": SAID.UNKNOWN,
            "service-unknown": SAID.SERVICE_UNKNOWN, "a name/with.odd:signs \u00e4": SAID.SERVING}
ERRORS = {"denied": grpc.StatusCode.PERMISSION_DENIED, "internal": grpc.StatusCode.INTERNAL,
          "unavailable": grpc.StatusCode.UNAVAILABLE, "no-check": grpc.StatusCode.UNIMPLEMENTED,
          "late": grpc.StatusCode.DEADLINE_EXCEEDED}


class Health(health_pb2_grpc.HealthServicer):
    def _seen(self, name, context):
        """Whether the request has what the service of that name wants to see."""
        sent = dict(context.invocation_metadata())
        return {"token": sent.get("token") == "a secret", "binary": sent.get("key-bin") == b"\xffabc",
                "agent": sent.get("user-agent", "").startswith("my-agent "),
                "default-agent": sent.get("user-agent", "").startswith("grpc_health_probe ")}.get(name)

    def Check(self, request, context):
        if request.service == "hung":
            over = threading.Event()
            context.add_callback(over.set)
            over.wait(20)
        if request.service in ERRORS:
            context.abort(ERRORS[request.service], "as told")
        if self._seen(request.service, context) is False:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "as told")
        if request.service not in STATUSES and self._seen(request.service, context) is None:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return SAID(status=STATUSES.get(request.service, SAID.SERVING))

    def Watch(self, request, context):
        """`soon` begins to serve after its first word; the others say what they are and stay."""
        if request.service == "no-watch" or request.service in ERRORS:
            context.abort(ERRORS.get(request.service, grpc.StatusCode.UNIMPLEMENTED), "as told")
        over = threading.Event()
        context.add_callback(over.set)
        if request.service == "soon":
            yield SAID(status=SAID.NOT_SERVING)
            yield SAID(status=SAID.SERVING)
        else:
            yield SAID(status=STATUSES.get(request.service, SAID.SERVICE_UNKNOWN))
        over.wait(20)


STATUSES["no-watch"] = SAID.SERVING


def _serve(folder, address, pair=None, client_authority=None, has_health=True):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=16))
    if has_health:
        health_pb2_grpc.add_HealthServicer_to_server(Health(), server)
    if pair:
        read = lambda name: (folder / name).read_bytes()  # noqa: E731
        credentials = grpc.ssl_server_credentials(
            [(read(f"{pair}.key"), read(f"{pair}.crt"))], client_authority and read(client_authority),
            require_client_auth=client_authority is not None)
        port = server.add_secure_port(address, credentials)
    else:
        port = server.add_insecure_port(address)
    server.start()
    return server, f"127.0.0.1:{port}" if address.endswith(":0") else address


def main():
    folder, loopback = Path(sys.argv[1]), "127.0.0.1:0"
    servers = {
        "plain": _serve(folder, loopback), "bare": _serve(folder, loopback, has_health=False),
        "unix": _serve(folder, f"unix:{folder}/plain.sock"), "unix-tls": _serve(folder, f"unix:{folder}/tls.sock", "server"),
        "abstract": _serve(folder, f"unix-abstract:fairlead-probes-{folder.name}"),
        "tls": _serve(folder, loopback, "server"), "other-name": _serve(folder, loopback, "other-name"),
        "expired": _serve(folder, loopback, "expired"), "name-in-subject": _serve(folder, loopback, "name-in-subject"),
        "mutual": _serve(folder, loopback, "server", client_authority="authority.crt"),
    }
    print(json.dumps({name: address for name, (_, address) in servers.items()}), flush=True)
    sys.stdin.read()
    for server, _ in servers.values():
        server.stop(0)


if __name__ == "__main__":
    main()
