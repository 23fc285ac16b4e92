"""Where things are in this tree. FAIRLEAD_BUILD names another build directory than release."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("FAIRLEAD_BUILD", ROOT / "build" / "release"))
FAIRLEADD = BUILD / "daemon" / "fairleadd"
FAIRLEAD = BUILD / "daemon" / "fairlead"
DEMO_PROGRAMS = BUILD / "manifests" / "demo"
DEMO_CLIENT = DEMO_PROGRAMS / "client"
MANIFESTS = ROOT / "manifests"
DEMO = MANIFESTS / "demo"
DEPLOY = ROOT / "deploy"
PRIVATE_ENGINE = ROOT / "tests" / "support" / "private-engine"
CLIENTS = ROOT / ".cache" / "clients" / "bin"
ENVOY = CLIENTS / "envoy"
# What that Python program starts.
ENVOY_PROGRAM = next(CLIENTS.parent.glob("lib/python3*/site-packages/envoy/_bin/envoy"), CLIENTS / "envoy")
GRPCURL = ROOT / ".cache" / "grpcurl" / "grpcurl"
DIG = Path("/usr/bin/dig")
COMPOSE1 = Path("/usr/bin/docker-compose")
COMPOSE2 = ROOT / ".cache" / "compose2" / "docker-compose"
ENGINE29 = ROOT / ".cache" / "engine29"
CALLS_JS = ROOT / "tests" / "e2e" / "clients" / "grpc_js_calls.js"
NODE = Path(shutil.which("node") or CLIENTS / "node")
NODE_CLIENTS = ROOT / ".cache" / "node_clients" / "node_modules"
ATTACK_PEERS = ROOT / "tests" / "bench" / "attack_peers.py"
CALLS = ROOT / "tests" / "e2e" / "clients" / "grpcio_calls.py"
TLS_CALLS = ROOT / "tests" / "e2e" / "clients" / "tls_calls.py"
TLS_SERVER = ROOT / "tests" / "e2e" / "clients" / "tls_server.py"
