"""A stock grpcio server (C-core) with grpcio-health-checking; nothing is set but the port. See README.md."""

import sys
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

STATUS = {"serving": health_pb2.HealthCheckResponse.SERVING, "not-serving": health_pb2.HealthCheckResponse.NOT_SERVING}


def main():
    # The pool has no default size; this one is that of grpcio's own examples.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
    servicer = health.HealthServicer()
    servicer.set("", STATUS["serving"])
    servicer.set("toggled", STATUS["serving"])
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("version", grpc.__version__, flush=True)
    print("port", port, flush=True)
    for line in sys.stdin:
        servicer.set("toggled", STATUS[line.strip()])
        print(line.strip(), flush=True)
    server.stop(0)


if __name__ == "__main__":
    main()
