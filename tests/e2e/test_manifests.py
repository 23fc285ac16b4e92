"""Every example of manifests/, brought up beside a deployed daemon, shows what it is there to show."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness import cases, paths
from harness.capture import Capture
from harness.chromium import DRIVER, Chromium
from harness.client import ClientLog
from harness.deployed import Site
from harness.waiting import end_process, poll, run

LISTENER = "127.0.0.1:10000"
NGINX = Path("/usr/sbin/nginx")
NGINX_LISTENER = "127.0.0.1:10080"
HTTP_LISTENER = "172.31.255.1:18081"  # of the default bridge (tests/support/private-engine), as another host would
# Tested elsewhere: `./dev demo`, test_images.py.
NO_EXAMPLES = {"demo", "images"}
# As service-tls says it is begun where callers do not speak TLS yet.
PERMISSIVE = {"TLS_MODE": "permissive", "PLAINTEXT": "0.0.0.0:50051"}
# Folder and name of each project.
PROJECTS = [*((folder, folder) for folder in ("autoheal-migration", "envoy-edge", "hello", "multi-network", "nginx-edge", "observe-only",
                                              "one-service", "ring-hash", "service-tls")),
            ("two-projects-one-name", "office"), ("two-projects-one-name", "shop")]
STARTED = {}


def setUpModule():
    global SITE, POOL
    cases.need(paths.CLIENTS / "python", "./dev setup --clients")
    cases.need(NGINX, "./dev setup --engine")
    cases.need(paths.GRPCURL, "./dev setup --clients")
    cases.need(DRIVER, "./dev setup --clients")
    SITE, POOL = Site("manifests"), ThreadPoolExecutor(max_workers=3)
    unittest.addModuleCleanup(SITE.close)
    unittest.addModuleCleanup(POOL.shutdown)
    SITE.open()
    SITE.engine.make_busybox_image()
    SITE.make_program_image("envoyproxy/envoy:v1.40-latest", paths.ENVOY_PROGRAM, [], "/usr/local/bin/envoy")
    SITE.make_program_image("nginx:stable", NGINX, [], "/usr/local/bin/nginx")
    SITE.engine.docker("build", "-q", "-t", "fairlead-hello", "-f", str(paths.MANIFESTS / "hello/Dockerfile"),
                       str(paths.BUILD / "manifests/hello"))
    SITE.daemon.settings = {
        "gateway": {"listen": [HTTP_LISTENER], "allow_plaintext": True},
        "envoy": {"listeners": [{"name": "edge", "address": LISTENER.replace("127.0.0.1", "0.0.0.0")}]},
        "file_sinks": [{"output": "/run/fairlead/nginx/upstreams.conf", "container": "edge",
                        "services": ["user-service.nginx-edge"]}]}
    SITE.daemon.start()
    (SITE.directory / "envoy.json").write_text(SITE.daemon.inside("fairlead", "bootstrap", "envoy"))
    # All at once, as most of it is waiting; each test waits for its own.
    for folder, name in PROJECTS:
        project = SITE.project(name, paths.MANIFESTS / folder / "compose.yaml",
                               ENVOY_BOOTSTRAP=str(SITE.directory / "envoy.json"),
                               FAIRLEAD_NGINX_DIR=str(SITE.daemon.directory / "nginx"),
                               FAIRLEAD_CERTS_DIR=str(SITE.daemon.directory / "certs"), **PERMISSIVE)
        STARTED[name] = POOL.submit(lambda project: (project.up(), project)[1], project)


class Examples(unittest.TestCase):
    def up(self, name):
        """The project of that name, once it is up."""
        return STARTED[name].result()

    def follow(self, project, service):
        log = ClientLog(SITE.engine, project.containers(service)[0])
        self.addCleanup(log.close)
        return log

    def hosts(self, project, service):
        return {each.host for each in project.containers(service)}

    def assert_served_by(self, project, client, *services):
        """Exactly the replicas of these services answer this client, and nothing fails any more."""
        hosts = set().union(*(self.hosts(project, service) for service in services))
        log = self.follow(project, client)
        log.wait_spread(hosts, 30)
        return log

    def wait_replica(self, name, what, wanted, seconds=30):
        def seen():
            replica = next((each for each in SITE.daemon.replicas() if each["displayName"] == name), None)
            return [replica] if replica and wanted(replica) else None
        return poll(f"{name} {what}", seconds, seen, every=0.1)[0]

    def wait_in(self, service, count):
        poll(f"{count} replicas of {service}", 30, lambda: SITE.daemon.in_rotation(service) == count, every=0.1)

    def state(self, container):
        return SITE.engine.inspect(container.id)["State"]

    def call(self, target, *flags, environment=None):
        command = SITE.engine.inside([str(paths.CLIENTS / "python"), str(paths.CALLS), target, *flags])
        said = json.loads(run(command, 60, {**SITE.engine.environment, **(environment or {})}))
        self.assertEqual(said["failures"], [])
        return said

    def ask_from_a_page(self):
        """gRPC-web and JSON from scripts of a page that the label names, and of one that it does not."""
        web = """const message = new Uint8Array([0, 0, 0, 0, 8, 10, 6, ...new TextEncoder().encode("Docker")]);
            const answer = await fetch(`http://${arguments[0]}/pb.Greeter/SayHello`, {method: "POST", body: message,
                headers: {"Content-Type": "application/grpc-web+proto", "X-Grpc-Web": "1", "X-User": "7"}});
            done(new TextDecoder().decode(await answer.arrayBuffer()));"""
        form = """const answer = await fetch(`http://${arguments[0]}/v1/hello/Docker`, {headers: {"Grpc-Metadata-User": "7"}});
            done(await answer.text());"""
        pages = SITE.engine.spawn([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory",
                                   paths.MANIFESTS / "hello", "8000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(end_process, pages, 5)
        run(SITE.engine.inside(["curl", "-sS", "--retry", "20", "--retry-delay", "1", "--retry-connrefused",
                                "http://localhost:8000/"]), 30)
        browser = Chromium(SITE.engine)
        self.addCleanup(browser.close)
        browser.go("http://localhost:8000/")
        said = browser.run_async(web, HTTP_LISTENER)
        self.assertIn("\n\x0eHello, Docker!", said)
        self.assertIn("\x00\x0fgrpc-status:0\r\n", said)
        self.assertEqual(browser.run_async(form, HTTP_LISTENER), '{"message":"Hello, Docker!"}')
        browser.go("http://127.0.0.1:8000/")
        for script in (web, form):
            self.assertIn("Failed to fetch", browser.run_async(script, HTTP_LISTENER))

    def grpcurl(self, *words):
        return run(SITE.engine.inside([str(paths.GRPCURL), "-plaintext", *words]), 20)

    # --- one for each folder -------------------------------------------------------------------
    def test_one_service(self):
        project = self.up("one-service")
        log = self.assert_served_by(project, "client", "user-service")
        mark = log.mark()
        SITE.daemon.fairlead("restart", "user-service.one-service/2")
        self.assertEqual(log.failed(mark), [])

    def test_two_projects_one_name(self):
        projects = [self.up(name) for name in ("shop", "office")]
        for project in projects:
            self.assert_served_by(project, "client", "users")

    def test_multi_network(self):
        project = self.up("multi-network")
        self.assert_served_by(project, "front-client", "users")
        self.assert_served_by(project, "back-client", "users")
        self.assert_served_by(project, "back-ledger-client", "ledger")
        stranded = self.follow(project, "front-ledger-client")
        # Also now that others are served; at first everybody waited.
        now = time.time()
        failed = stranded.wait_record("a call without a replica", 0, 10,
                                      lambda record: record["kind"] == "failed" and record["at"] > now)
        self.assertEqual(failed["code"], "UNAVAILABLE")
        SITE.engine.docker("network", "connect", "multi-network_back",
                           project.containers("front-ledger-client")[0].id)
        stranded.wait_spread(self.hosts(project, "ledger"), 30)

    def test_ring_hash(self):
        project = self.up("ring-hash")
        self.wait_in("cart", 3)
        bootstrap = SITE.directory / "bootstrap-tcp.json"
        bootstrap.write_text(SITE.daemon.inside("fairlead", "bootstrap", "grpc", "--tcp"))
        said = self.call("xds:///cart.ring-hash", "--header=x-user", "--calls=200", "--values=40",
                         environment={"GRPC_XDS_BOOTSTRAP": str(bootstrap)})
        self.assertEqual({value: served for value, served in said["by_value"].items() if len(served) != 1}, {})
        self.assertEqual(set(said["replicas"]), self.hosts(project, "cart"))

    def test_envoy_edge(self):
        project = self.up("envoy-edge")
        self.wait_in("user-service.envoy-edge", 3)
        said = self.call(LISTENER, "--calls=300", "--authority=user-service.envoy-edge", "--replicas=3")
        self.assertEqual(set(said["replicas"]), self.hosts(project, "user-service"))
        for host, calls in said["replicas"].items():
            self.assertAlmostEqual(calls, 100, delta=10, msg=host)

    def test_hello(self):
        project = self.up("hello")
        self.wait_in("greeter.hello", 2)

        def ask(path, *words):
            return run(SITE.engine.inside(["curl", "-sS", *words, f"http://{HTTP_LISTENER}{path}"]), 20)
        hello = '{"message":"Hello, Docker!"}'
        self.assertEqual(ask("/v1/hello/Docker"), hello)
        self.assertEqual(ask("/v1/hello", "-d", '{"name": "Docker"}'), hello)
        self.assertEqual(ask("/pb.Greeter/SayHello", "-d", '{"name": "Docker"}'), hello)
        # The caller has no .proto: the gateway tells what it answers for.
        self.assertEqual(json.loads(self.grpcurl("-d", '{"name": "Docker"}', HTTP_LISTENER, "pb.Greeter/SayHello")), json.loads(hello))
        self.assertEqual(self.grpcurl(HTTP_LISTENER, "list").split(), ["pb.Greeter"])
        self.assertIn("rpc SayHello", self.grpcurl(HTTP_LISTENER, "describe", "pb.Greeter"))
        self.assertEqual(ask("/v1/hello/Docker", "--http2-prior-knowledge"), hello)
        self.ask_from_a_page()
        self.assertIn("421", ask("/v1/hello/Docker", "-H", "Host: stranger.example", "-w", "%{http_code}"))
        # Gone from the list, and with it from the gateway, before it is stopped.
        failed = []
        is_over = threading.Event()

        def go_on():
            while not is_over.is_set():
                said = ask("/v1/hello/Docker")
                if said != hello:
                    failed.append(said)
        caller = threading.Thread(target=go_on)
        caller.start()
        SITE.daemon.fairlead("restart", "greeter.hello/1")
        is_over.set()
        caller.join()
        self.assertEqual(failed, [])
        self.assertEqual(len(project.containers("greeter")), 2)

    def test_nginx_edge(self):
        project = self.up("nginx-edge")
        self.wait_in("user-service.nginx-edge", 3)
        written = SITE.daemon.directory / "nginx/upstreams.conf"
        poll("three servers in the file", 30, lambda: written.exists() and written.read_text().count("weight=") == 3)
        said = self.call(NGINX_LISTENER, "--calls=300", "--replicas=3")
        self.assertEqual(set(said["replicas"]), self.hosts(project, "user-service"))
        told = []
        caller = threading.Thread(target=lambda: told.append(self.call(NGINX_LISTENER, "--seconds=8")))
        caller.start()
        SITE.daemon.fairlead("restart", "user-service.nginx-edge/2")
        caller.join()
        self.assertTrue(told)
        # NGINX is no client of discovery, and all the same the drain waited for it.
        self.assertNotIn("refused", SITE.daemon.inside("fairlead", "status"))

    def rollout(self, project, service):
        """`fairlead rollout` on the host, with Compose 2 as docker's plugin."""
        config = SITE.directory / "docker"
        (config / "cli-plugins").mkdir(parents=True, exist_ok=True)
        (config / "cli-plugins" / "docker-compose").symlink_to(paths.COMPOSE2)
        command = SITE.engine.inside([paths.FAIRLEAD, "--admin", SITE.daemon.admin, "rollout", service])
        return run(command, 120, {**SITE.engine.environment, **project.variables, "DOCKER_CONFIG": str(config)})

    def test_service_tls(self):
        project, name = self.up("service-tls"), "user-service.service-tls"
        self.wait_in(name, 2)
        log = self.assert_served_by(project, "web", "user-service")
        mark = log.mark()
        poll("every caller to be known to speak TLS", 20, lambda: "set fairlead.tls.mode=strict" in SITE.daemon.fairlead("tls", name))
        for key in PERMISSIVE:
            del project.variables[key]
        self.assertIn("2 replaced", self.rollout(project, name))
        log.wait_spread(self.hosts(project, "user-service"), 20)
        self.assertEqual(log.failed(mark), [])
        self.assertIn("next: none; it is done", SITE.daemon.fairlead("tls", name))
        addresses = [address for container in project.containers("user-service")
                     for address in self.addresses(container)]
        capture = Capture(SITE.engine, (50051, 50052), 3, addresses)
        self.addCleanup(capture.close)
        capture.assert_tls_only(self, packets=100)
        owner = (SITE.daemon.directory / "certs" / "service-tls" / "user-service" / "tls.key").stat()
        self.assertEqual((owner.st_uid, owner.st_mode & 0o777), (65532, 0o440))

    def addresses(self, container):
        return [network["IPAddress"] for network in SITE.engine.inspect(container.id)["NetworkSettings"]["Networks"].values()]

    def test_observe_only(self):
        project = self.up("observe-only")
        log = self.assert_served_by(project, "client", "billing")
        first, second = project.containers("billing")
        mark = log.mark()
        os.kill(self.state(first)["Pid"], signal.SIGKILL)
        self.wait_replica("billing.observe-only/1", "held", lambda replica: replica["repair"] == "held(observe)")
        log.wait_spread([second.host], 10)
        self.assertEqual((log.failed(mark), self.state(first)["Running"]), ([], False))
        SITE.engine.docker("start", first.id)
        log.wait_spread([first.host, second.host], 20)

    def test_autoheal_migration(self):
        project = self.up("autoheal-migration")
        worker = project.containers("worker")[0]
        began = self.state(worker)["StartedAt"]
        self.wait_in("user-service.autoheal-migration", 2)
        poll("worker to be healthy", 20, lambda: self.state(worker)["Health"]["Status"] == "healthy", every=0.1)
        SITE.engine.docker("exec", worker.id, "touch", "/state/broken")
        poll("worker to be restarted", 30, lambda: self.state(worker)["StartedAt"] != began, every=0.2)
        acts = [event["replica"] for event in SITE.daemon.events() if event["kind"] == "act-permitted"]
        self.assertTrue([name for name in acts if "worker" in name], acts)


class TheFolders(unittest.TestCase):
    def folders(self):
        return [path for path in sorted(paths.MANIFESTS.iterdir()) if path.is_dir() and path.name not in NO_EXAMPLES]

    def test_each_example_has_a_short_page_and_a_test(self):
        for folder in self.folders():
            with self.subTest(folder.name):
                page = (folder / "README.md").read_text()
                self.assertLess(len(page.splitlines()), 20)
                self.assertIn(f"manifests/{folder.name}/compose.yaml", page)
                self.assertTrue(hasattr(Examples, "test_" + folder.name.replace("-", "_")), folder.name)


if __name__ == "__main__":
    cases.main()
