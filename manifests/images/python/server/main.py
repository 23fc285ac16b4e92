"""A gRPC server, in plaintext."""

import signal
import threading
import time
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

CALLS_AT_ONCE = 10
SECONDS_TO_FINISH = 9  # less than the ten after which the engine kills


def main():
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=CALLS_AT_ONCE))
    status = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    # Your services are registered here.
    server.add_insecure_port("[::]:50051")
    server.start()
    status.set("", health_pb2.HealthCheckResponse.SERVING)
    asked.wait()
    status.enter_graceful_shutdown()  # NOT_SERVING, so that callers go elsewhere
    time.sleep(0.5)
    server.stop(SECONDS_TO_FINISH).wait()


if __name__ == "__main__":
    main()
