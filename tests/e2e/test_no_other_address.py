"""Labels are written by strangers (T4): whatever they say, the daemon opens no connection but to the containers that have
them. Fifty sets of labels that would have it ask metadata servers, the host and others, and a look at every packet that
asks for a connection in the engine's network."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from harness import cases
from harness.waiting import end_process, poll
from harness.yard_case import YardCase

# Tells of each first packet of a TCP connection where it goes.
TAP = """
import socket
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
print("listening", flush=True)
while True:
    packet = tap.recv(65536)
    if packet[0] >> 4 == 4 and packet[9] == 6:
        tcp = packet[(packet[0] & 15) * 4:]
        if tcp[13] & 0x12 == 0x02:
            print(socket.inet_ntoa(packet[16:20]), int.from_bytes(tcp[2:4], "big"), flush=True)
"""
ELSEWHERE = ("169.254.169.254", "http://169.254.169.254/latest/meta-data", "127.0.0.1:22", "//169.254.169.254/x", "/@169.254.169.254/",
             "localhost", "host", "unix:/var/run/docker.sock", "[::1]:80", "container:victim")
# Where a value that is none leaves the default, and where it leaves the container alone.
KEYS = ("health.path", "health.service", "liveness.service", "lb.hash-header", "gateway.prefix")
VITAL = ("network", "service", "project", "health.port", "port", "tls", "health.tls")
PROTOCOLS = ("grpc", "http", "tcp")
SETS = 50
SECONDS = 4  # of looks: each is checked some 20 times


class NoOtherAddress(YardCase):
    NAME = "no-other-address"

    def label_sets(self):
        """Each has one or two labels that name a place elsewhere, and is checked if what is left of it can be."""
        for number in range(SETS):
            labels = {"fairlead.enable": "true", "fairlead.service": f"odd-{number}", "fairlead.port": "8080",
                      "fairlead.health.protocol": PROTOCOLS[number % 3], "fairlead.health.interval": "200ms"}
            labels[f"fairlead.{KEYS[number % len(KEYS)]}"] = ELSEWHERE[number // 2 % len(ELSEWHERE)]
            if number % 3 == 0:
                labels[f"fairlead.{VITAL[number // 3 % len(VITAL)]}"] = ELSEWHERE[number // 5 % len(ELSEWHERE)]
            yield f"odd-{number}", labels

    def test_whatever_labels_say(self):
        tap = self.yard.engine.spawn(["python3", "-c", TAP], stdout=subprocess.PIPE, text=True)
        self.addCleanup(end_process, tap, 5)
        tap.stdout.readline()
        self.docker("run", "-d", "--name", "victim", "busybox:latest", "sleep", "600")
        self.addCleanup(self.docker, "rm", "-f", "victim")
        sets = dict(self.label_sets())
        self.addCleanup(self.docker, "rm", "-f", *sets)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda name: self.yard.run(name, sets[name], image="busybox:latest", command=("sleep", "600")), sets))
        checked = poll("most to be checked", 20, lambda: self.checked())
        time.sleep(SECONDS)
        end_process(tap, 5)
        asked = {tuple(line.split()) for line in tap.stdout.read().splitlines()}
        own = {self.yard.engine.inspect(name)["NetworkSettings"]["IPAddress"] for name in sets}
        self.assertNotIn("", own)
        # Loopback: the canary of the checks, and this test's own commands.
        strange = {(ip, port) for ip, port in asked if ip not in own and not ip.startswith("127.")}
        self.assertEqual(strange, set())
        self.assertNotIn(("127.0.0.1", "22"), asked)
        found = {ip for ip, _ in asked if ip in own}
        print(f"{len(found)} of {SETS} were asked at their own address, and nobody else")
        self.assertGreaterEqual(len(found), checked)

    def checked(self):
        """How many have an outcome of a check, once that is most of those that can be."""
        count = sum("lastCheck" in replica for replica in self.yard.daemon.replicas())
        return count if count >= SETS // 2 else None


if __name__ == "__main__":
    cases.main()
