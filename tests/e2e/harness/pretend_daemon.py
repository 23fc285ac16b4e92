"""The daemon's HTTP plane with a made-up fleet: any size, any state, any number of changes a second.

It serves the dashboard's own files and answers what the page asks for, in the API's JSON. For what no
real engine on one machine can show: hundreds of replicas, a brake, a frozen inventory.
"""

import json
import random
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from . import paths

PAGE = paths.ROOT / "lib" / "dashboard" / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
OUT_REASONS = ("failing(timeout)", "not-serving", "failing(refused)", "starting")


def stamp(seconds_ago=0.0):
    return datetime.fromtimestamp(time.time() - seconds_ago, timezone.utc).isoformat().replace("+00:00", "Z")


def check(word, milliseconds, detail="", ago=0.0):
    return {
        "checkClass": "CHECK_CLASS_" + word.upper().replace("-", "_"),
        "latency": f"{milliseconds / 1000:.6f}s",
        "detail": detail,
        "time": stamp(ago),
    }


class MadeUpFleet:
    """`sizes`: the replicas of each service. What a test wants otherwise it changes in `status`, `replicas`."""

    def __init__(self, sizes, seed=1):
        self.chance = random.Random(seed)
        self.changed = threading.Condition()
        self.events = []
        self.services, self.replicas = {}, {}
        for number, size in enumerate(sizes):
            self._add(f"service-{number:02}" if number else "user-service", size)
        self.diagnostics = []
        self.clients = [self._client(number) for number in range(6)]
        self.status = {
            "version": "0.1.0",
            "phase": "PHASE_SERVING",
            "phaseReason": "",
            "phaseSince": stamp(7200),
            "startTime": stamp(7300),
            "engineEndpoint": "unix:/run/docker.sock",
            "engineVersion": "29.1.0",
            "inventory": {"state": "SYNCED", "reason": ""},
            "brake": "",
            "pauses": [],
            "webhooks": [],
            "journal": {"trouble": ""},
            "deathSignalsOff": "",
            "cutOff": "",
            "callersResetCount": "3",
        }

    def _add(self, service, size):
        name = f"services/{service}.shop"
        self.services[name] = {
            "name": name,
            "service": service,
            "project": "shop",
            "port": 50051,
            "replicaCount": size,
            "inRotationCount": size,
            "availableMinimum": size // 2,
            "revision": "17",
            "adoptedRevision": "17",
        }
        for number in range(1, size + 1):
            full = f"{name}/replicas/{number}"
            self.replicas[full] = {
                "name": full,
                "displayName": f"{service}.shop/{number}",
                "containerId": f"{self.chance.getrandbits(256):064x}",
                "containerName": f"shop-{service}-{number}",
                "image": f"registry.example/shop/{service}:2.4.1",
                "address": f"172.31.{len(self.services)}.{number + 1}:50051",
                "presence": "running",
                "readiness": "ready",
                "liveness": "alive",
                "intent": "none",
                "repair": "idle",
                "inRotation": True,
                "outReason": "",
                "isPanic": False,
                "rotationSince": stamp(self.chance.uniform(60, 90000)),
                "lastCheck": check("serving", 1.2),
                "restartsInWindow": 0,
                "lastCause": "",
                "departure": "",
                "departureEvidence": "",
                "pauses": [],
            }

    def _client(self, number):
        def resource(kind, names):
            return {
                "type": kind,
                "state": "ACKNOWLEDGED",
                "isWildcard": False,
                "nameCount": len(names),
                "names": names,
                "missing": [],
                "sentVersion": str(17 + number),
                "acknowledgedVersion": str(17 + number),
                "unansweredCount": 0,
            }

        return {
            "name": f"clients/{number}",
            "nodeId": f"web-{number}",
            "nodeCluster": "",
            "userAgent": "gRPC C-core linux",
            "userAgentVersion": "C-core 29.0.0",
            "connectTime": stamp(3600 * number + 20),
            "pid": 4242 + number,
            "address": "",
            "isPlaced": True,
            "containerId": f"{self.chance.getrandbits(256):064x}",
            "project": "shop",
            "leftOut": [],
            "resources": [
                resource("listeners", ["user-service"]),
                resource("routes", ["user-service"]),
                resource("clusters", ["user-service.shop"]),
                resource("endpoints", ["user-service.shop"]),
            ],
        }

    # --- change ----------------------------------------------------------------------------------
    def tell(self, kind, code, text, replica=None, **more):
        with self.changed:
            event = {
                "name": f"events/{len(self.events) + 1}",
                "id": str(len(self.events) + 1),
                "time": stamp(),
                "kind": "EVENT_KIND_" + kind.upper().replace("-", "_"),
                "code": code,
                "text": text,
                "service": replica["name"].split("/replicas/")[0] if replica else "",
                "replica": replica["displayName"] if replica else "",
                "actor": "",
                "cause": "",
                "outcome": "",
                "evidence": "",
                **more,
            }
            self.events.append(event)
            self.changed.notify_all()

    def put_out(self, replica, reason, detail, **more):
        replica.update({"inRotation": False, "outReason": reason, "rotationSince": stamp(), **more})
        word = reason.split("(")[-1].rstrip(")") if "(" in reason else reason
        replica["lastCheck"] = check(
            word if word in ("timeout", "refused", "not-serving") else "serving", 300, detail
        )
        self.tell(
            "rotation-changed",
            f"out({reason})",
            f"{replica['displayName']} out of rotation: {reason}, {detail}",
            replica,
        )

    def put_in(self, replica):
        replica.update(
            {"inRotation": True, "outReason": "", "rotationSince": stamp(), "lastCheck": check("serving", 1.1)}
        )
        self.tell("rotation-changed", "in", f"{replica['displayName']} in rotation: 2 checks passed", replica)

    def change_one(self):
        replica = self.chance.choice(list(self.replicas.values()))
        if replica["inRotation"]:
            self.put_out(replica, self.chance.choice(OUT_REASONS), "no answer in 300ms")
        else:
            self.put_in(replica)

    # --- answers ---------------------------------------------------------------------------------
    def explain(self, name):
        replica = self.replicas[name]
        bad = not replica["inRotation"]
        ms = random.Random(name).uniform(0.4, 30)
        checks = [
            (
                check("timeout", 300, "no answer in 300ms", ago)
                if bad and ago < 4
                else check("serving", ms * self.chance.uniform(0.7, 1.4), "", ago)
            )
            for ago in range(20)
        ]
        spent = replica["restartsInWindow"]
        return {
            "service": self.services[name.split("/replicas/")[0]],
            "measures": [
                {"what": "phase", "value": "serving", "source": "engine and first checks"},
                {
                    "what": "repairs under way on this host",
                    "value": "0 of 2",
                    "source": "policy.max_concurrent_repairs",
                },
            ],
            "replicas": [
                {
                    "replica": replica,
                    "rotation": f"{replica['displayName']} is {'out of' if bad else 'in'} rotation",
                    "measures": [
                        {
                            "what": "failures in a row",
                            "value": f"{4 if bad else 0}, out from 3",
                            "source": "fairlead.health.fall",
                        }
                    ],
                    "sights": [
                        {
                            "viewer": "containers on shop_default",
                            "address": replica["address"],
                            "source": "the container's address on that network",
                        }
                    ],
                    "checks": checks,
                    "next": {
                        "act": "restart",
                        "state": replica["repair"],
                        "text": "restart after 5 more failures in a row of refused, reset, timeout or closed",
                    },
                    "holds": [
                        {
                            "code": "max-restarts",
                            "holds": spent >= 3,
                            "measured": f"{spent} of 3 repairs spent in 10m: fairlead.repair.max-restarts, .window",
                            "advice": "",
                        },
                        {
                            "code": "min-available",
                            "holds": False,
                            "measured": "2 available, 1 must stay: fairlead.repair.min-available",
                            "advice": "",
                        },
                    ],
                    "acts": (
                        [
                            {
                                "act": "restart",
                                "time": stamp(95),
                                "actor": "fairlead",
                                "cause": replica["lastCause"],
                                "evidence": "5 x timeout",
                                "state": "succeeded",
                                "outcome": "",
                                "verified": "ready again after 1.2s",
                            }
                        ]
                        if spent
                        else []
                    ),
                }
            ],
        }

    def answer(self, path, query):
        """The JSON of a path, or None."""
        if path == "/v1/status":
            return self.status
        if path == "/v1/services":
            for name, service in self.services.items():
                mine = [one for key, one in self.replicas.items() if key.startswith(name + "/")]
                service.update({"replicaCount": len(mine), "inRotationCount": sum(one["inRotation"] for one in mine)})
            return {"services": list(self.services.values()), "nextPageToken": ""}
        if path == "/v1/replicas":
            at = int(query.get("page_token", ["0"])[0])
            page = list(self.replicas.values())[at : at + 1000]
            return {"replicas": page, "nextPageToken": str(at + 1000) if at + 1000 < len(self.replicas) else ""}
        if path == "/v1/diagnostics":
            return {"containers": self.diagnostics, "nextPageToken": ""}
        if path == "/v1/clients":
            return {"clients": self.clients, "nextPageToken": ""}
        name = unquote(path.removeprefix("/v1/").removesuffix(":explain"))
        return self.explain(name) if name in self.replicas else None


class PretendDaemon:
    """Serves a fleet on 127.0.0.1, `port` of its own. Close it."""

    def __init__(self, fleet):
        self.fleet = fleet
        handler = type("Handler", (_Handler,), {"fleet": fleet})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._is_over = threading.Event()
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def change(self, per_second):
        """Changes a replica so often, until closed."""

        def run():
            while not self._is_over.wait(1 / per_second):
                self.fleet.change_one()

        threading.Thread(target=run, daemon=True).start()

    def close(self):
        self._is_over.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fleet = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        target = urlsplit(self.path)
        if target.path == "/v1/events":
            self._send_events(parse_qs(target.query))
            return
        name = "index.html" if target.path == "/" else target.path.removeprefix("/dashboard/")
        file = PAGE / name
        if file.parent == PAGE and file.is_file():
            self._send(200, TYPES[file.suffix], file.read_bytes())
            return
        value = self.fleet.answer(target.path, parse_qs(target.query))
        text = json.dumps(value if value is not None else {"code": 5, "message": "there is none"})
        self._send(200 if value is not None else 404, "application/json", text.encode())

    def _send(self, status, kind, body):
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", POLICY),
        ):
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # the reader went away

    def _send_events(self, query):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        at = int(self.headers.get("Last-Event-ID") or query.get("after_id", ["0"])[0])
        try:
            while True:
                with self.fleet.changed:
                    self.fleet.changed.wait_for(lambda: len(self.fleet.events) > at, 5)
                    news = self.fleet.events[at:]
                for event in news:
                    self.wfile.write(f"id: {event['id']}\ndata: {json.dumps({'event': event})}\n\n".encode())
                self.wfile.write(b": nothing new\n\n" if not news else b"")
                self.wfile.flush()
                at += len(news)
        except OSError:
            pass  # the reader went away
