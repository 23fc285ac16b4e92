"""deploy/: the image, and the daemon in its container by the Compose file that people use."""

import gzip
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import sys
import tarfile
import time
import unittest
from pathlib import Path

from harness import cases, paths
from harness.client import ClientLog
from harness.deployed import IMAGE, ContainerDaemon, Site
from harness.waiting import Failed, poll, run

IMAGE_BYTES_MAX = 40_000_000
OURS = {"fairleadd", "fairlead"}
DRAIN_TIMEOUT = 10  # seconds, as the reference has it
CAPABILITIES = {"SYS_PTRACE", "SYS_ADMIN", "NET_ADMIN", "SETUID", "CHOWN"}


def setUpModule():
    global SITE
    if os.environ.get("FAIRLEAD_E2E_ENGINE"):
        cases.need(paths.ENGINE29 / "dockerd", "./dev setup --engines")
    # Both engines' runs may go on at the same time.
    SITE = Site("deploy" + os.environ.get("FAIRLEAD_E2E_ENGINE", ""))
    unittest.addModuleCleanup(SITE.close)
    SITE.open()


class Deploy(unittest.TestCase):
    def setUp(self):
        self.site = SITE

    def docker(self, *arguments):
        return self.site.engine.docker(*arguments)

    def up(self, project, *arguments):
        """Starts a project, which goes when the test is over."""
        self.addCleanup(project.down)
        project.up(*arguments)

    def deploy(self, daemon):
        """Starts the daemon's container, which goes, with its state, when the test is over."""
        self.addCleanup(daemon.compose.run, "--profile", "*", "down", "-v", "--timeout", "10")
        daemon.start()

    def one_service(self):
        return self.site.project("one-service", paths.MANIFESTS / "one-service/compose.yaml")

    def follow(self, container):
        log = ClientLog(self.site.engine, container)
        self.addCleanup(log.close)
        return log

    def files(self, tag="test"):
        """Path to content of each file in the image."""
        target = self.site.directory / "image.tar"
        container = self.docker("create", f"{IMAGE}:{tag}").strip()
        try:
            self.docker("export", "-o", str(target), container)
        finally:
            self.docker("rm", container)
        with tarfile.open(target) as tar:
            return {item.name: tar.extractfile(item).read() for item in tar if item.isfile()}


class TheImage(Deploy):
    def test_it_is_small_and_holds_our_programs_libraries_and_no_shell(self):
        labels = self.site.engine.inspect(f"{IMAGE}:test")["Config"]["Labels"]
        self.assertEqual(labels["org.opencontainers.image.version"], "test")
        files = self.files()
        # What an engine gives as size is one thing here and another there.
        self.assertLess(sum(map(len, files.values())), IMAGE_BYTES_MAX)
        programs = {Path(name).name for name in files if re.match(r"(usr/)?s?bin/", name)}
        self.assertEqual(programs, OURS)
        others = [name for name, content in files.items()
                  if content[:4] == b"\x7fELF" and not re.match(r"usr/(bin|lib|lib64)/", name)]
        self.assertEqual(others, [])
        self.assertIn(b"BEGIN CERTIFICATE", files["etc/ssl/certs/ca-certificates.crt"])

    def test_a_list_in_it_names_every_package_and_each_has_its_licence(self):
        files = self.files()
        told = json.loads(files["usr/share/doc/fairlead/sbom.spdx.json"])
        self.assertEqual(told["spdxVersion"], "SPDX-2.3")
        for item in told["files"]:
            sums = {each["algorithm"]: each["checksumValue"] for each in item["checksums"]}
            self.assertEqual(sums["SHA256"], hashlib.sha256(files[item["fileName"][2:]]).hexdigest())
        names = {package["name"] for package in told["packages"]}
        self.assertLessEqual({"libc6", "libssl3", "libgrpc29", "ca-certificates", "libboost1.81-dev"}, names)
        self.assertEqual([name for name in names if not {f"usr/share/doc/{name}/copyright{end}" for end in ("", ".gz")} & set(files)], [])
        ids = {item["SPDXID"] for item in told["packages"] + told["files"]} | {told["SPDXID"]}
        self.assertLessEqual({each["relatedSpdxElement"] for each in told["relationships"]}, ids)

    def test_no_layer_of_it_has_a_key(self):
        target = self.site.directory / "layers.tar"
        self.docker("save", "-o", str(target), f"{IMAGE}:test")
        key = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s[A-Za-z0-9+/]{20}")
        with tarfile.open(target) as tar:
            layers = {item.name: tar.extractfile(item).read() for item in tar if item.isfile()}
        unpacked = {name: gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content for name, content in layers.items()}
        self.assertTrue(any(b"usr/bin/fairleadd" in content for content in unpacked.values()), list(layers))
        self.assertEqual([name for name, content in unpacked.items() if key.search(content)], [])

    def test_its_programs_run_and_nothing_else_does(self):
        for program in ("fairleadd", "fairlead"):
            said = self.docker("run", "--rm", "--entrypoint", program, f"{IMAGE}:test", "--help")
            self.assertIn("usage", said.lower())

    def test_the_same_binaries_make_the_same_files(self):
        again = self.site.directory / "again"
        run([sys.executable, paths.DEPLOY / "image_root.py", paths.BUILD, again], 120)
        self.addCleanup(shutil.rmtree, again)
        self.assertEqual(run(["diff", "-r", self.site.directory / "image", again], 60), "")

    def test_every_profile_of_the_compose_file_is_valid(self):
        for profile in ("privileged", "minimal"):
            self.site.daemon.compose.run("--profile", profile, "config", "-q")
        text = self.site.daemon.compose.run("--profile", "privileged", "config", "--format", "json")
        services = json.loads(text)["services"]
        self.assertEqual((services["fairlead"]["cap_drop"], set(services["fairlead"]["cap_add"])), (["ALL"], CAPABILITIES))
        self.assertTrue(services["fairlead-privileged"]["privileged"])


class TheDaemon(Deploy):
    def lives(self, project):
        """When each replica began, by its id: no act of ours may change it."""
        return {each.id: self.site.engine.inspect(each.id)["State"]["StartedAt"]
                for each in project.containers("user-service")}

    def wait_in(self, daemon, count, seconds=30):
        poll(f"{count} replicas in rotation", seconds, lambda: daemon.in_rotation("user-service") == count, every=0.1)

    def kill_and_wait(self, container):
        """Kills a replica as a crash would, and waits until it has been repaired."""
        state = self.site.engine.inspect(container.id)["State"]
        os.kill(state["Pid"], signal.SIGKILL)

        def is_new():
            now = self.site.engine.inspect(container.id)["State"]
            return now["Running"] and now["StartedAt"] != state["StartedAt"]
        poll("the repair", 30, is_new, every=0.1)

    def assert_well(self, daemon):
        """It has all that it wants of the kernel, and what is inside and beside the image fits it."""
        status = daemon.query("status")[0]
        self.assertEqual((status["cutOff"], status["deathSignalsOff"]), ("", ""))
        self.assertIn("pidfd", status["deathSignals"])
        self.assertIn("3 in rotation", daemon.inside("fairlead", "status"))
        check = self.site.engine.inspect(f"{IMAGE}:test")["Config"]["Healthcheck"]["Test"]
        self.assertEqual(check[0], "CMD")
        daemon.inside(*check[1:])
        # What is put there at boot for clients that come first is what the daemon says.
        at_boot = (paths.DEPLOY / "systemd/fairlead.tmpfiles.conf").read_text().split("root root - ")[-1]
        self.assertEqual(json.loads(at_boot), json.loads((daemon.xds_directory / "bootstrap.json").read_text()))

    def test_a_client_that_came_first_is_served_and_loses_no_call_to_deaths_and_upgrades(self):
        project, daemon = self.one_service(), self.site.daemon
        self.up(project)
        client = project.containers("client")[0]
        log = self.follow(client)
        log.wait_record("a call without the daemon", 0, 20, lambda record: record["kind"] == "failed")
        self.deploy(daemon)
        hosts = [each.host for each in project.containers("user-service")]
        log.wait_spread(hosts, 30)
        self.assert_well(daemon)
        mark = log.mark()

        # A look into the replica's network tells when its last caller has gone, long before drain.timeout.
        began = time.monotonic()
        daemon.fairlead("restart", "user-service.one-service/3")
        self.assertLess(time.monotonic() - began, DRAIN_TIMEOUT)
        self.wait_in(daemon, 3)

        # A replica is killed, and repaired.
        self.kill_and_wait(project.containers("user-service")[0])
        self.wait_in(daemon, 3)
        log.wait_spread(hosts, 30)

        # Another version takes its place, and the former comes back.
        lives = self.lives(project)
        for version in ("next", "test"):
            before = self.site.engine.inspect(daemon.service)["Id"]
            if version == "next":
                self.site.build_image("next", version="next")
            daemon.compose.variables["FAIRLEAD_VERSION"] = version
            daemon.start()
            self.assertNotEqual(self.site.engine.inspect(daemon.service)["Id"], before)
            self.wait_in(daemon, 3)
            log.wait_spread(hosts, 30)

        # It goes altogether, and comes back.
        self.assertEqual(daemon.stop(), 0)
        log.wait_spread(hosts, 30)
        daemon.start()
        self.wait_in(daemon, 3)
        self.assertEqual(log.failed(mark), [])
        self.assertEqual(self.lives(project), lives)

    def test_it_outlives_the_engine_and_finds_its_next_socket_in_the_directory(self):
        project, daemon = self.one_service(), self.site.daemon
        self.up(project)
        self.deploy(daemon)
        # At once: who has just come is a client whose container the engine has not told about yet.
        began = self.site.engine.inspect(daemon.service)["State"]["StartedAt"]
        self.site.restart_engine()
        daemon.wait_phase("serving", 30)
        self.wait_in(daemon, 3)
        self.assertEqual(self.site.engine.inspect(daemon.service)["State"]["StartedAt"], began, daemon.tail(60))
        hosts = [each.host for each in project.containers("user-service")]
        self.follow(project.containers("client")[0]).wait_spread(hosts, 30)

    def test_in_a_cgroup_namespace_of_its_own_it_still_knows_itself_and_who_asks(self):
        own = self.site.directory / "own.yaml"
        own.write_text(f"""
services:
  fairlead:
    extends: {{file: {paths.DEPLOY}/compose.yaml, service: fairlead}}
    cgroup: private
    labels: {{fairlead.enable: "true", fairlead.port: "18000", fairlead.health.protocol: tcp}}
volumes: {{state: }}
""")
        project, daemon = self.one_service(), ContainerDaemon(self.site.engine, self.site.directory, file=own)
        self.deploy(daemon)
        self.up(project)
        client = project.containers("client")[0]
        self.follow(client).wait_spread([each.host for each in project.containers("user-service")], 30)
        self.assertIn(f"container={client.id[:12]} project=one-service", daemon.tail(200))
        code, _, why = daemon.ask("restart", "fairlead.fairlead/1", "--force", "--reason", "test")
        self.assertEqual((code, "it is fairlead itself" in why), (1, True), why)

    def test_privileged_it_serves_where_the_kernel_lets_a_container_be_that(self):
        project = self.one_service()
        daemon = ContainerDaemon(self.site.engine, self.site.directory, service="fairlead-privileged")
        try:
            self.deploy(daemon)
        except Failed as error:
            # A machine whose own capabilities are bounded: the engine has taken the container as it stands in
            # the file, and its runtime cannot give it all of them.
            self.assertIn("unable to apply caps: operation not permitted", str(error))
            host = self.site.engine.inspect(daemon.service)["HostConfig"]
            self.assertEqual((host["Privileged"], host["PidMode"], host["NetworkMode"], host["ReadonlyRootfs"]),
                             (True, "host", "host", True))
            print("no container can be privileged on this machine", flush=True)
            return
        self.assertTrue(self.site.engine.inspect(daemon.service)["HostConfig"]["Privileged"])
        self.up(project)
        self.wait_in(daemon, 3)
        self.assert_well(daemon)

    def test_without_a_capability_and_behind_the_gate_it_serves_and_says_what_is_off(self):
        haproxy = Path("/usr/sbin/haproxy")
        cases.need(haproxy, "./dev setup --engine")
        self.site.make_program_image("haproxy:lts", haproxy, [str(haproxy), "-f", "/usr/local/etc/haproxy/haproxy.cfg"])
        project = self.one_service()
        daemon = ContainerDaemon(self.site.engine, self.site.directory, service="fairlead-minimal")
        self.deploy(daemon)
        self.up(project)
        hosts = [each.host for each in project.containers("user-service")]
        self.follow(project.containers("client")[0]).wait_spread(hosts, 30)
        status = daemon.query("status")[0]
        self.assertIn("NET_ADMIN", status["cutOff"])
        self.assertIn("pidfd", status["deathSignals"])
        self.kill_and_wait(project.containers("user-service")[0])
        gate = self.site.daemon.compose.containers("engine-gate")[0].id
        for method, path in (("POST", "/containers/create"), ("POST", f"/containers/{gate}/exec"),
                             ("DELETE", f"/containers/{gate}"), ("GET", "/images/json"), ("POST", f"/containers/{gate}/json"),
                             ("GET", f"/containers/{gate}/logs"), ("GET", f"/containers/{gate}/archive"),
                             ("POST", f"/containers/{gate}/kill"), ("POST", f"/containers/{gate}/kill?signal=SIGTERM"),
                             ("POST", f"/containers/{gate}/kill?signal=SIGHUP&signal=SIGKILL"),
                             ("GET", "/containers/json/../../images/json"), ("POST", f"/containers/{gate}/start/../exec")):
            self.assertIn(b" 403 ", self.ask_gate(method, "/v1.41" + path), (method, path))
        self.assertIn(b" 200 ", self.ask_gate("GET", f"/v1.41/containers/{gate}/json"))
        self.assertIn(b" 200 ", self.ask_gate("GET", "/v1.41/containers/fairlead-minimal/json"))
        self.assertIn(b" 404 ", self.ask_gate("POST", f"/v1.41/containers/{'0' * 64}/kill?signal=SIGHUP"))

    def ask_gate(self, method, path):
        """The first line of what the gate answers."""
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(10)
            peer.connect(str(self.gate_socket()))
            peer.sendall(f"{method} {path} HTTP/1.1\r\nHost: engine\r\nContent-Length: 0\r\n\r\n".encode())
            return peer.makefile("rb").readline()

    def gate_socket(self):
        volume = json.loads(self.docker("volume", "inspect", "fairlead_gate"))[0]
        return Path(volume["Mountpoint"]) / "docker.sock"


class TheFiles(unittest.TestCase):
    def test_the_unit_keeps_what_clients_have_mounted_and_names_the_same_capabilities(self):
        unit = (paths.DEPLOY / "systemd/fairleadd.service").read_text()
        self.assertIn("RuntimeDirectoryPreserve=yes", unit)
        named = re.search(r"^CapabilityBoundingSet=(.*)$", unit, re.M).group(1).split()
        self.assertEqual(set(named), {f"CAP_{name}" for name in CAPABILITIES | {"SYS_NICE"}})


if __name__ == "__main__":
    cases.main()
