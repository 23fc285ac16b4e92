"""A real Chromium, led by its own driver over plain WebDriver HTTP; may live in an engine's network."""

import base64
import ctypes
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from .waiting import Failed, end_process, poll, run

DRIVER = Path("/usr/bin/chromedriver")
CERTUTIL = Path("/usr/bin/certutil")
_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's word for a reference
_CLONE_NEWNET = 0x40000000
KEYS = {"tab": "\ue004", "enter": "\ue007", "escape": "\ue00c", "shift": "\ue008", "space": " "}


def _socket_in(namespace, address, seconds):
    """A TCP connection from inside a network namespace: a thread enters it, connects, and ends."""
    made = []

    def enter():
        try:
            with open(namespace, encoding="utf-8") as place:
                if ctypes.CDLL(None, use_errno=True).setns(place.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"enter {namespace}")
            made.append(socket.create_connection(address, seconds))
        except OSError as error:
            made.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if isinstance(made[0], OSError):
        raise made[0]
    return made[0]


def _believe(database, authority):
    """Puts the authority where Chromium looks for those that its user believes."""
    database.mkdir(parents=True)
    run([CERTUTIL, "-d", f"sql:{database}", "-N", "--empty-password"])
    run([CERTUTIL, "-d", f"sql:{database}", "-A", "-t", "C,,", "-n", "of the test", "-i", authority])


class _Connection(http.client.HTTPConnection):
    def __init__(self, port, namespace, seconds):
        super().__init__("127.0.0.1", port, timeout=seconds)
        self._namespace = namespace

    def connect(self):
        if self._namespace is None:
            super().connect()
        else:
            self.sock = _socket_in(self._namespace, (self.host, self.port), self.timeout)


class Chromium:
    """One browser with one window. `engine`: in whose network it lives; None: this process's. `authority`: a file of an
    authority that its user believes beside those of the browser."""

    def __init__(self, engine=None, size=(1440, 1000), authority=None):
        self._namespace = f"/run/netns/{engine.name}" if engine else None
        command = [str(DRIVER), "--port=0", "--allowed-ips=127.0.0.1"]
        self._profile = tempfile.mkdtemp(prefix="fairlead-chromium-")
        if authority:
            _believe(Path(self._profile) / ".pki" / "nssdb", authority)
        self._driver = subprocess.Popen(
            engine.inside(command) if engine else command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, "HOME": self._profile},
        )
        self._session = None
        try:
            self._port = self._read_port()
            flags = [*_FLAGS, f"--window-size={size[0]},{size[1]}", f"--user-data-dir={self._profile}"]
            options = {"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL"}}
            self._session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def _read_port(self):
        for line in self._driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                return int(found.group(1))
        raise Failed("chromedriver did not start")

    def close(self):
        if self._session:
            try:
                self._ask("DELETE", f"/session/{self._session}")
            except (OSError, Failed):
                pass  # it has ended already
        end_process(self._driver, 10)
        self._driver.stdout.close()
        shutil.rmtree(self._profile, ignore_errors=True)

    def _ask(self, method, path, body=None):
        connection = _Connection(self._port, self._namespace, 60)
        try:
            connection.request(
                method,
                path,
                None if method != "POST" else json.dumps(body or {}),
                {"Content-Type": "application/json"},
            )
            value = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(value, dict) and "error" in value:
            raise Failed(f"{method} {path}: {value['error']}: {value['message'].splitlines()[0]}")
        return value

    def ask(self, method, path, body=None):
        return self._ask(method, f"/session/{self._session}/{path}", body)

    # --- the page --------------------------------------------------------------------------------
    def go(self, url):
        self.ask("POST", "url", {"url": url})

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self.ask("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """The value that the script gives to the function done(value), or its error as a text."""
        wrapped = (
            "const done = arguments[arguments.length - 1]; (async () => {"
            + script
            + "})().catch((error) => done(String(error.stack)));"
        )
        return self.ask("POST", "execute/async", {"script": wrapped, "args": list(arguments)})

    def command(self, name, **parameters):
        """Of Chromium's own protocol."""
        return self.ask("POST", "goog/cdp/execute", {"cmd": name, "params": parameters})

    def text(self, selector):
        """What is seen of the first such element; empty when there is none."""
        return self.run("const e = document.querySelector(arguments[0]); return e ? e.innerText : '';", selector)

    def count(self, selector):
        return self.run("return document.querySelectorAll(arguments[0]).length;", selector)

    def wait_text(self, selector, pattern, seconds=10):
        """Waits until the element's text has a match."""

        def seen():
            text = self.text(selector)
            return text if re.search(pattern, text) else None

        try:
            return poll(f"{selector} to say {pattern}", seconds, seen, 0.05)
        except Failed as error:
            raise Failed(f"{error}\n{selector} says: {self.text(selector)[:2000]!r}\nlog: {self.log()}") from error

    def wait(self, what, script, *arguments, seconds=10):
        """Waits until the script returns something true."""
        return poll(what, seconds, lambda: self.run(script, *arguments), 0.05)

    def element(self, selector):
        return self.ask("POST", "element", {"using": "css selector", "value": selector})[_ELEMENT]

    def click(self, selector):
        """As a person does: it has to be in sight, uncovered and enabled."""
        self.ask("POST", f"element/{self.element(selector)}/click")

    def type(self, selector, text):
        self.ask("POST", f"element/{self.element(selector)}/value", {"text": text})

    def press(self, *names):
        """Keys, one after the other, wherever the focus is; "shift+tab" holds the first."""
        actions = []
        for name in names:
            keys = [KEYS.get(part, part) for part in name.split("+")]
            actions += [{"type": "keyDown", "value": key} for key in keys]
            actions += [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self.ask("POST", "actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def log(self):
        """What the page wrote to its console since the last call, errors of the browser included."""
        return [entry["message"] for entry in self.ask("POST", "se/log", {"type": "browser"})]

    def screenshot(self, path, scheme="light"):
        """The window as a PNG, in one of the colour schemes."""
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.ask("GET", "screenshot")))
        return path

    # --- what it costs ---------------------------------------------------------------------------
    def renderer_seconds(self):
        """CPU seconds that the renderers of this browser have used."""
        return sum(_cpu_seconds(pid) for pid in _tree(self._driver.pid) if "--type=renderer" in _command(pid))


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ")
    except OSError:
        return ""


def _tree(pid):
    """The process and all that it started."""
    try:
        children = [
            int(word)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    except OSError:
        return [pid]
    return [pid] + [each for child in children for each in _tree(child)]


def _cpu_seconds(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = stat[stat.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
