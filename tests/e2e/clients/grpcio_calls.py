#!/usr/bin/env python3
"""Calls GetUser through the stock grpcio library and prints, as JSON, who answered how often.

Run by the tests with the Python that has grpcio (.cache/clients). The two messages are small
enough to be written and read by hand, so that no generated code is needed.
"""

import argparse
import itertools
import json
import os
import time

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


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("target")
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=0, help="go on calling for at least so long")
    parser.add_argument("--rate", type=float, help="calls per second at most; else as fast as they are answered")
    parser.add_argument("--calls-each", type=int, help="calls on each connection; then there is a new one")
    parser.add_argument("--begun", metavar="FILE", help="made when the first calls are answered and counting begins")
    parser.add_argument("--settled", metavar="FILE", help="go on until this file is there, and then for --settled-seconds: "
                        "those who answer in that time are counted once more, by themselves")
    parser.add_argument("--settled-seconds", type=float, default=8)
    parser.add_argument("--authority")
    parser.add_argument("--replicas", type=int, default=1,
                        help="count from when so many have answered: a new channel uses the first one "
                             "that is connected until the others are")
    parser.add_argument("--header", help="sent with each call; its value is the call's number modulo --values")
    parser.add_argument("--values", type=int, default=12)
    parser.add_argument("--policy", help="load balancing, for a target whose resolver names none")
    parser.add_argument("--resolve-ms", type=int, help="the least time between two questions to the resolver")
    parser.add_argument("--tls", action="store_true", help="with the credentials that discovery has for the target")
    return parser.parse_args()


def dial(options, *more):
    """A channel to the target; `more`: arguments of it."""
    arguments = [*more, *((key, value) for key, value in (
        ("grpc.default_authority", options.authority),
        ("grpc.lb_policy_name", options.policy),
        ("grpc.dns_min_time_between_resolutions_ms", options.resolve_ms)) if value)]
    if options.tls:
        return grpc.secure_channel(options.target, grpc.xds_channel_credentials(), arguments)
    return grpc.insecure_channel(options.target, arguments)


def get_user_of(channel):
    return channel.unary_unary(METHOD, lambda message: message, lambda message: message)


def main():
    options = read_options()
    replicas, failures, by_value, settled = {}, [], {}, {}
    calls, slowest, further = 0, 0.0, None
    # The first channel stays: further ones share what it knows from discovery, and no connection.
    with dial(options) as channel:
        get_user = get_user_of(channel)
        connected = set()
        for _ in range(WARM_UP_CALLS_MAX):
            if len(connected) >= options.replicas:
                break
            connected.add(replica_of(get_user(b"", timeout=20, wait_for_ready=True)))
        if options.begun:
            open(options.begun, "w", encoding="utf-8").close()
        began = time.monotonic()
        until = float("inf") if options.settled else began + options.seconds
        for number in itertools.count():
            if number >= options.calls and time.monotonic() >= until:
                break
            if until == float("inf") and os.path.exists(options.settled):
                until = time.monotonic() + options.settled_seconds
            if options.rate:
                time.sleep(max(0, began + number / options.rate - time.monotonic()))
            if options.calls_each and number % options.calls_each == 0:
                if further:
                    further.close()
                further = dial(options, ("grpc.use_local_subchannel_pool", 1))
                get_user = get_user_of(further)
            value = str(number % options.values)
            calls, sent_at = calls + 1, time.monotonic()
            metadata = [(options.header, value)] if options.header else None
            try:
                replica = replica_of(get_user(b"", timeout=20, wait_for_ready=True, metadata=metadata))
                by_value.setdefault(value, set()).add(replica)
                replicas[replica] = replicas.get(replica, 0) + 1
                if options.settled and until < float("inf"):
                    settled[replica] = settled.get(replica, 0) + 1
            except grpc.RpcError as error:
                failures.append(f"{error.code().name}: {error.details()}")
            slowest = max(slowest, time.monotonic() - sent_at)
    told = {"grpc": grpc.__version__, "replicas": replicas, "failures": failures, "settled": settled,
            "calls": calls, "slowest": slowest}
    if options.header:
        told["by_value"] = {value: sorted(served) for value, served in by_value.items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
