"""The stock servers as processes: what starts them, what they say, what is missing here."""

import asyncio
import os
import shutil
from pathlib import Path

from harness import paths

SOURCES = Path(__file__).resolve().parents[1] / "stock_servers"
BROUGHT = paths.ROOT / ".cache" / "stock_servers"
HOW = "./dev setup --clients"
STARTS_WITHIN = 30  # seconds: a JVM on a busy machine, and room


def _program(name):
    """The one of a PyPI wheel that setup brought because the machine had none, else the machine's."""
    brought = paths.CLIENTS / name
    return brought if brought.exists() else Path(shutil.which(name) or brought)


def _commands():
    """name -> (command, what must exist for it)."""
    java, node, python = _program("java"), _program("node"), paths.CLIENTS / "python"
    jars, classes = BROUGHT / "java" / "jars", BROUGHT / "java" / "classes"
    return {
        "go": ([BROUGHT / "go" / "server"], [BROUGHT / "go" / "server"]),
        "c-core": ([paths.BUILD / "tests/contract/core_server"], [paths.BUILD / "tests/contract/core_server"]),
        "java": ([java, "-cp", f"{jars}/*:{classes}", "StockServer"], [java, jars, classes]),
        "python": ([python, SOURCES / "python_server.py"], [python]),
        "node": ([node, SOURCES / "node" / "server.js"], [node, BROUGHT / "node" / "node_modules"]),
    }


def missing(name):
    """What `name` needs and this machine does not have."""
    return [path for path in _commands()[name][1] if not path.exists()]


class StockServer:
    """One of them. Ends by itself when its standard input does, so also when this process dies."""

    def __init__(self, name):
        self.name = name
        self.version = None
        self.port = None
        self._process = None

    async def start(self):
        environment = {**os.environ, "NODE_PATH": str(BROUGHT / "node" / "node_modules")}
        self._process = await asyncio.create_subprocess_exec(
            *map(str, _commands()[self.name][0]), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env=environment)
        self.version = (await self._line("version")).removeprefix("version ")
        self.port = int((await self._line("port")).removeprefix("port "))

    async def _line(self, what):
        line = (await asyncio.wait_for(self._process.stdout.readline(), STARTS_WITHIN)).decode().strip()
        if not line.startswith(what):
            raise RuntimeError(f"{self.name} server said {line!r} where its {what} was due")
        return line

    def say(self, word):
        """`serving` or `not-serving`: what its service "toggled" is from now on."""
        self._process.stdin.write(word.encode() + b"\n")

    async def turn(self, word):
        """The same, and back once it is so."""
        self.say(word)
        await self._line(word)

    async def kill(self):
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
