"""One minute of every stock server at once: our prober, raw clients, and what the wire between them saw.

All servers live through the same minute beside each other, so that it costs one.
"""

import asyncio
import copy
import time
from dataclasses import dataclass, field

from stock.probe import Probe
from stock.proxy import RecordingProxy
from stock.raw_client import RawClient
from stock.servers import StockServer

SECONDS = 60
EVERY = 0.1         # the shortest interval of a check, and of all that is sent here
TOGGLE_EVERY = 2.0  # between two changes of a server's mind
TOLD_WITHIN = 5.0   # a change that was not told by then is lost
CONTROL_SECONDS = 6.0  # of pings: the third is punished, where pings are punished
# What a busy machine may have under way when the minute ends.
UNDER_WAY_SECONDS = 2.0


@dataclass
class Findings:
    """What the minute showed of one server. Times in seconds."""
    version: str = ""
    checks: list = field(default_factory=list)      # outcomes of the checks of the service "", as the prober told them
    closed: int = 0                                 # kept connections that the prober lost within the minute
    connections: int = 0                            # that it made
    hung_up: int = 0                                # of them, that the server ended
    said: object = None                             # Tally of all that the server sent to the prober
    asked: object = None                            # Tally of all that the prober sent
    settings_due: int = 0                           # SETTINGS that it had sent when the minute ended
    news: list = field(default_factory=list)        # delays until a change was told, None for one that was lost
    news_not_by_watch: int = 0
    settings: object = None                         # RawClient: empty SETTINGS frames beside checks
    settings_alone: object = None                   # RawClient: the same without checks
    pings: object = None                            # RawClient: the control
    pings_seen: object = None                       # Tally of the control's wire, by the same proxy
    closed_after: float = None                      # from the kill to what the prober told of it
    refused_after: float = None
    back_after: float = None                        # from the new server's port to the first SERVING


class _Stage:
    """One server with what stands around it."""

    def __init__(self, name):
        self.found = Findings()
        self.server = StockServer(name)
        self.proxy = RecordingProxy()
        self.control_proxy = RecordingProxy()
        self.raw = RawClient()
        self.raw_alone = RawClient()
        self.control = RawClient()

    async def open(self):
        await self.server.start()
        self.found.version = self.server.version
        await self.proxy.lead_to(self.server.port)
        await self.control_proxy.lead_to(self.server.port)
        await self.raw.open(self.server.port)
        await self.raw_alone.open(self.server.port)
        await self.control.open(self.control_proxy.port)

    async def close(self):
        self._close_clients()
        for proxy in (self.proxy, self.control_proxy):
            proxy.close()
        await self.server.kill()

    def told(self, probe, service):
        return probe.told[self.proxy.port, service]

    async def live(self, probe, until):
        """The minute itself."""
        await asyncio.gather(
            self.raw.settings_beside_checks(EVERY, until),
            self.raw_alone.settings(EVERY, until),
            self.control.pings(EVERY, min(until, time.monotonic() + CONTROL_SECONDS)),
            self._toggle(self.told(probe, "toggled"), until))
        await self._let_end()
        self._note(self.told(probe, ""))

    async def _toggle(self, told, until):
        assert await told.first("serving", 0), f"{self.server.name} never served"
        words = ["not-serving", "serving"]
        while time.monotonic() + TOGGLE_EVERY < until:
            await asyncio.sleep(TOGGLE_EVERY)
            said = time.monotonic()
            self.server.say(words[0])
            news = await told.first(words[0], said, TOLD_WITHIN)
            self.found.news.append(news["at"] - said if news else None)
            self.found.news_not_by_watch += not (news and news["by_watch"])
            words.reverse()

    async def _let_end(self):
        end = time.monotonic() + UNDER_WAY_SECONDS
        self.found.settings_due = self.proxy.from_client.settings
        while self._is_under_way() and time.monotonic() < end:
            await asyncio.sleep(0.01)

    def _is_under_way(self):
        return (self.proxy.from_server.settings_acknowledged < self.found.settings_due or
                any(raw.unacknowledged or raw.answers < raw.asked for raw in (self.raw, self.raw_alone)))

    def _close_clients(self):
        for client in (self.raw, self.raw_alone, self.control):
            client.close()

    def _note(self, told):
        """Before the restart, which says more on each wire."""
        self._close_clients()
        found, proxy = self.found, self.proxy
        found.checks, found.closed, found.connections = list(told.outcomes), len(told.closed), proxy.connections
        found.hung_up = proxy.hung_up_by_server
        found.said, found.asked = copy.deepcopy(proxy.from_server), copy.deepcopy(proxy.from_client)
        found.settings, found.settings_alone, found.pings = self.raw, self.raw_alone, self.control
        found.pings_seen = copy.deepcopy(self.control_proxy.from_server)

    async def restart(self, probe):
        """Killed and started anew, behind the same address."""
        told = self.told(probe, "")
        self.proxy.refuse()
        killed = time.monotonic()
        await self.server.kill()
        refused = await told.first("refused", killed)
        closed = [at for at in told.closed if at >= killed]
        self.found.closed_after = closed[0] - killed if closed else None
        self.found.refused_after = refused["at"] - killed if refused else None
        await self.server.start()
        await self.proxy.lead_to(self.server.port)
        listening = time.monotonic()
        back = await told.first("serving", listening)
        self.found.back_after = back["at"] - listening if back else None


async def _live(stages):
    probe = Probe()
    try:
        await asyncio.gather(*(stage.open() for stage in stages.values()))
        await probe.start([stage.proxy.port for stage in stages.values()])
        until = time.monotonic() + SECONDS
        await asyncio.gather(*(stage.live(probe, until) for stage in stages.values()))
        await asyncio.gather(*(stage.restart(probe) for stage in stages.values()))
        code = await probe.stop()
        assert code == 0, f"stock_probe ended with {code}"
    finally:
        for stage in stages.values():
            await stage.close()


def live(names):
    """name -> Findings, after a good minute."""
    async def run():
        stages = {name: _Stage(name) for name in names}
        await _live(stages)
        return {name: stage.found for name, stage in stages.items()}
    return asyncio.run(run())
