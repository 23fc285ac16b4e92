"""What crosses the bridges of an engine's network, on the ports of services."""

import json
import subprocess

from .waiting import end_process

# Counts, for so many seconds, what clients send first on each connection to the ports: TLS or anything else; and
# whether any packet holds what gRPC without TLS always does.
_PROGRAM = """
import json, socket, sys, time
ports, seconds = {int(port) for port in sys.argv[1].split(",")}, float(sys.argv[2])
hosts = {socket.inet_aton(host) for host in sys.argv[3:]}
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
tap.settimeout(0.2)
print("listening", flush=True)
seen, tls, plaintext, until = {}, 0, 0, time.monotonic() + seconds
while time.monotonic() < until:
    try:
        packet = tap.recv(65536)
    except TimeoutError:
        continue
    if packet[0] >> 4 != 4 or packet[9] != 6:
        continue
    tcp = packet[(packet[0] & 15) * 4:int.from_bytes(packet[2:4], "big")]
    source, target = int.from_bytes(tcp[0:2], "big"), int.from_bytes(tcp[2:4], "big")
    data = tcp[(tcp[12] >> 4) * 4:]
    if not data or not ports & {source, target} or hosts and not hosts & {packet[12:16], packet[16:20]}:
        continue
    if target in ports:
        seen.setdefault((packet[12:16], source, target), data[:3])
    plaintext += b"PRI * HTTP/2.0" in data or b"fairlead.demo" in data
    tls += data[0] in (20, 21, 22, 23) and data[1] == 3
print(json.dumps({"connections": len(seen), "tls": tls, "plaintext": plaintext,
                  "first": sorted({first[:2].hex() for first in seen.values()})}))
"""
# A handshake, or in the midst of a connection data that is encrypted.
_FIRST_OF_TLS = {"1603", "1703"}


class Capture:
    """Begins at once and lasts for `seconds`. `hosts`: IPv4 addresses, one of which a packet has to come from or go to;
    none: all packets."""

    def __init__(self, engine, ports, seconds, hosts=()):
        self._seconds = seconds
        command = ["python3", "-c", _PROGRAM, ",".join(str(port) for port in ports), str(seconds), *hosts]
        self._process = engine.spawn(command, stdout=subprocess.PIPE, text=True)
        self._process.stdout.readline()

    def seen(self):
        """Waits for its end. The numbers of connections, of packets with TLS and with plaintext, and how connections began."""
        return json.loads(self._process.communicate(timeout=self._seconds + 10)[0])

    def assert_tls_only(self, case, packets):
        """At least so many packets have crossed, and every one of them was TLS."""
        seen = self.seen()
        case.assertGreater(seen["tls"], packets, seen)
        case.assertEqual(seen["plaintext"], 0, seen)
        case.assertEqual(set(seen["first"]) - _FIRST_OF_TLS, set(), seen)

    def close(self):
        end_process(self._process, 5)
