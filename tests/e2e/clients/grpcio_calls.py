#!/usr/bin/env python3
"""Calls GetUser through the stock grpcio library and prints, as JSON, who answered how often.

Run by the tests with the Python that has grpcio (.cache/clients). The two messages are small
enough to be written and read by hand, so that no generated code is needed.
"""

import argparse
import json

import grpc

WARM_UP_CALLS_MAX = 10_000
METHOD = "/fairlead.demo.v1.UserService/GetUser"


def replica_of(message):
    """Field 2, a string, of a GetUserResponse. Both of its fields are short strings."""
    at = 0
    while at < len(message):
        field, length = message[at] >> 3, message[at + 1]
        value = message[at + 2:at + 2 + length]
        if field == 2:
            return value.decode()
        at += 2 + length
    return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--authority")
    parser.add_argument("--replicas", type=int, default=1,
                        help="count from when so many have answered: a new channel uses the first one "
                             "that is connected until the others are")
    options = parser.parse_args()
    arguments = [("grpc.default_authority", options.authority)] if options.authority else []
    replicas, failures = {}, []
    with grpc.insecure_channel(options.target, arguments) as channel:
        get_user = channel.unary_unary(METHOD, lambda message: message, lambda message: message)
        connected = set()
        for _ in range(WARM_UP_CALLS_MAX):
            if len(connected) >= options.replicas:
                break
            connected.add(replica_of(get_user(b"", timeout=20, wait_for_ready=True)))
        for _ in range(options.calls):
            try:
                replica = replica_of(get_user(b"", timeout=20, wait_for_ready=True))
                replicas[replica] = replicas.get(replica, 0) + 1
            except grpc.RpcError as error:
                failures.append(f"{error.code().name}: {error.details()}")
    print(json.dumps({"grpc": grpc.__version__, "replicas": replicas, "failures": failures}))


if __name__ == "__main__":
    main()
