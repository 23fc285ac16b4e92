"""A real NGINX on the host, fed by a file of lists: no call through it is lost, and nothing broken reaches it."""

import json
import os
import re
import signal
import subprocess
import threading
import unittest
from pathlib import Path

from harness import cases, paths
from harness.waiting import end_process, poll, run
from harness.yard_case import YardCase

NGINX = Path("/usr/sbin/nginx")
LISTENER = "127.0.0.1:10080"
SERVICE = "api.default"
CONFIG = """
worker_processes 1; daemon off; pid {0}/nginx.pid; error_log {0}/error.log notice; user root;
events {{}}
http {{
  access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/fastcgi;
  uwsgi_temp_path {0}/uwsgi; scgi_temp_path {0}/scgi;
  include {1};
  server {{
    listen {2} http2;
    location / {{
      set $service {3};
      grpc_pass grpc://$service;
      grpc_next_upstream error timeout non_idempotent;
    }}
  }}
}}
"""


class RealNginx(YardCase):
    NAME = "nginx"

    @classmethod
    def settings(cls, yard):
        cls.folder = yard.directory / "nginx"
        cls.output = cls.folder / "lists" / "up.conf"
        cls.template = cls.folder / "template"
        # What is included is the output, or in the check the candidate beside it.
        return {"file_sinks": [{"output": str(cls.output), "pid_file": str(cls.folder / "nginx.pid"),
                                "template": str(cls.template), "services": [SERVICE],
                                "validate": [str(NGINX), "-t", "-q", "-c", str(cls.folder / "check.conf")]}]}

    @classmethod
    def setUpClass(cls):
        cases.need(NGINX, "./dev setup --engine")
        cases.need(paths.CLIENTS / "python", "./dev setup --clients")
        folder = Path("/var/tmp") / f"fairlead-e2e-{cls.NAME}{os.environ.get('FAIRLEAD_E2E_ENGINE', '')}" / "nginx"
        folder.mkdir(parents=True, exist_ok=True)
        cls.good_template = (
            "{{#services}}\nupstream {{name}} {\n{{#endpoints}}\n    server {{address}} weight={{weight}};\n"
            "{{/endpoints}}\n{{^endpoints}}\n    server 127.0.0.1:1 down;\n{{/endpoints}}\n    keepalive 16;\n}\n"
            "{{/services}}\n")
        (folder / "template").write_text(cls.good_template)
        (folder / "nginx.conf").write_text(CONFIG.format(folder, folder / "lists/*.conf", LISTENER, SERVICE))
        (folder / "check.conf").write_text(CONFIG.format(folder, folder / "lists/.up.conf.new", LISTENER, SERVICE))
        super().setUpClass()
        cls.nginx = cls.yard.engine.spawn([str(NGINX), "-c", str(folder / "nginx.conf")],
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(end_process, cls.nginx, 5)
        poll("nginx to run", 10, (folder / "nginx.pid").exists)

    def sink(self):
        return self.yard.daemon.query("status")[0]["fileSinks"][0]

    def hosts(self, *names):
        return {self.yard.engine.inspect(name)["Config"]["Hostname"] for name in names}

    def call(self, *flags):
        command = self.yard.engine.inside([str(paths.CLIENTS / "python"), str(paths.CALLS), LISTENER, *flags])
        return json.loads(run(command, 120, self.yard.engine.environment))

    def wait_listed(self, *names):
        """Waits until NGINX has a file, of the good template, with these replicas and nobody else."""
        def is_listed():
            text = self.output.read_text() if self.output.exists() else ""
            wanted = {self.yard.replica(name)["address"] for name in names}
            return (set(re.findall(r"server (\S+) weight", text)) == wanted and "keepalive 16;" in text
                    and not (self.output.parent / ".up.conf.untold").exists())
        poll(f"{names} in the file", 15, is_listed, every=0.05)

    def wait_obeyed(self, name):
        """Waits until no worker of NGINX has an older list than the newest: until then some accept and answer by that."""
        replica = self.yard.replica(name)["displayName"]
        poll(f"NGINX to obey the list with {name}", 15, lambda: re.search(
            r"revision (\d+), adopted by every client: \1\b", self.yard.daemon.fairlead("explain", replica)))

    def test_calls_are_spread_and_none_is_lost_while_replicas_come_go_and_die(self):
        names = ("nginx-api-1", "nginx-api-2", "nginx-api-3")
        self.serve(*names[:2])
        self.yard.wait_in(*names[:2])
        self.wait_listed(*names[:2])
        said = self.call("--calls=300", "--replicas=2")
        self.assertEqual((said["failures"], set(said["replicas"])), ([], self.hosts(*names[:2])))

        told = []
        caller = threading.Thread(target=lambda: told.append(self.call("--seconds=25")))
        caller.start()
        self.serve(names[2])
        self.yard.wait_in(names[2])
        self.wait_listed(*names)
        for name in names[:2]:
            self.yard.daemon.fairlead("restart", self.yard.replica(name)["displayName"])
            self.yard.wait_in(name)
        self.wait_listed(*names)
        caller.join()
        errors = [line for line in (self.folder / "error.log").read_text().splitlines() if "[error]" in line]
        self.assertEqual(told[0]["failures"], [], errors[-20:])
        self.assertGreater(sum(told[0]["replicas"].values()), 1000)

        # NGINX makes no call twice that it has sent: of one caller, the one under way may be lost, and no other.
        caller = threading.Thread(target=lambda: told.append(self.call("--seconds=8")))
        caller.start()
        poll("calls to begin", 5, caller.is_alive)
        os.kill(self.yard.state(names[2])["Pid"], signal.SIGKILL)
        self.wait_listed(*names[:2])
        caller.join()
        self.assertLessEqual(len(told[1]["failures"]), 1, told[1]["failures"])
        self.assertEqual(self.sink().get("trouble", ""), "")

    def test_a_broken_template_is_kept_out_and_told_and_callers_do_not_notice(self):
        self.serve("nginx-kept")
        self.yard.wait_in("nginx-kept")
        self.wait_listed("nginx-kept")
        before = self.output.read_text()
        self.addCleanup(self.template.write_text, self.good_template)
        self.template.write_text(self.good_template.replace("server", "serber"))
        poll("trouble in the status", 15, lambda: "serber" in self.sink().get("trouble", ""), every=0.2)
        self.assertEqual(self.output.read_text(), before)
        self.assertEqual(self.call("--calls=50")["failures"], [])
        self.assertIn("serber", self.yard.daemon.fairlead("status"))
        self.template.write_text(self.good_template.replace("keepalive 16", "keepalive 17"))
        poll("the mended file", 15, lambda: "keepalive 17" in self.output.read_text(), every=0.2)
        poll("no more trouble", 5, lambda: not self.sink().get("trouble"), every=0.2)

    def test_nobody_left_is_unavailable_and_comes_back(self):
        self.serve("nginx-alone")
        self.yard.wait_in("nginx-alone")
        self.wait_listed("nginx-alone")
        self.docker("stop", "nginx-alone")
        self.wait_listed()
        self.assertIn("server 127.0.0.1:1 down;", self.output.read_text())
        self.docker("start", "nginx-alone")
        self.yard.wait_in("nginx-alone")
        self.wait_listed("nginx-alone")
        self.wait_obeyed("nginx-alone")
        self.assertEqual(self.call("--calls=50")["failures"], [])

    def test_a_restart_of_the_daemon_reloads_nothing(self):
        self.serve("nginx-calm")
        self.yard.wait_in("nginx-calm")
        self.wait_listed("nginx-calm")
        log = self.folder / "error.log"
        reloads = log.read_text().count("reconfiguring")
        self.yard.daemon.kill()
        self.yard.daemon.start()
        self.assertEqual(self.call("--calls=50")["failures"], [])
        self.assertEqual(log.read_text().count("reconfiguring"), reloads)


if __name__ == "__main__":
    cases.main()
