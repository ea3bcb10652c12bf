"""The city of the kills: one door, workers that share the shards, servers, and whoever starts again what has ended."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from api.embedded.process import Running
from devices.inventory.wishes import NewDevice
from parking.places.generator import generate
from tests.scenarios.platform import Platform, servers

DOOR: Final = "serve"
WORKERS: Final = ("work", "work-2")
GUEST: Final = "work-3"
"""A worker that comes and goes."""
SERVERS: Final = ("valkey", "postgres")
ROLES: Final = "ingest,engine,relay,schedule"
"""Without the health of devices, which would distrust sensors whose word changes every second."""
LOOK_S: Final = 0.05
FENCED: Final = (" has another owner", " is lost")
"""How a worker says that a shard is no longer its own."""


@dataclass
class GuardedCity:
    """Everything that misfortune may strike."""

    platform: Platform
    key: str
    spaces: dict[str, str]
    """Device to space."""
    wanted: set[str] = field(default_factory=set)
    """Processes that are to run."""
    killed: set[str] = field(default_factory=set)
    """Those whose end is our doing and not yet seen."""
    ended: Counter[str] = field(default_factory=Counter)
    """Processes that ended by themselves, of which none may."""

    def start(self, name: str) -> None:
        if name == DOOR:
            self.platform.start(name)
        else:
            self.platform.start(name, "--roles", ROLES, command="work")
        self.wanted.add(name)

    async def guard(self) -> None:
        """Until cancelled: start again whatever has ended, as the installation does."""
        while True:
            for name in sorted(self.wanted):
                if self.platform.processes[name].ended:
                    self.ended[name] += name not in self.killed
                    self.killed.discard(name)
                    self.platform.start_again(name)
            await asyncio.sleep(LOOK_S)

    async def stop(self, name: str) -> None:
        """In an orderly way."""
        self.wanted.discard(name)
        await self.platform.processes[name].stop()

    def running(self, name: str) -> Running | None:
        """The process of that name, None while there is none."""
        servers = {server.name: server.running for server in self.platform.services.servers}
        found = (servers | self.platform.processes).get(name)
        return None if found is None or found.ended else found

    def kill(self, *names: str) -> None:
        """All at one moment, as when their machine loses power."""
        for name in names:
            running = self.running(name)
            if running is not None:
                if name in self.wanted:
                    self.killed.add(name)
                running.popen.kill()

    @asynccontextmanager
    async def stopped(self, name: str) -> AsyncIterator[None]:
        """The process, with all that it has started, does nothing inside the block."""
        running = self.running(name)
        family = [] if running is None else [running.pid, *_descendants(running.pid)]
        _signal(family, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(family, signal.SIGCONT)

    def fenced(self) -> int:
        """How often a worker found that a shard was another's by then."""
        logs = [self.platform.folder.path / f"{name}.log" for name in (*WORKERS, GUEST)]
        texts = [log.read_text(errors="replace") for log in logs if log.exists()]
        return sum(text.count(words) for text in texts for words in FENCED)


@asynccontextmanager
async def guarded_city(path: Path, spaces: int, sensors: int) -> AsyncIterator[GuardedCity]:
    """Everything runs inside the block; the sensors are spread evenly over the spaces."""
    async with servers(path, {"enable-debug-command": "local"}) as platform:
        city = generate(spaces, 5)
        names = [
            feature["id"]
            for feature in city["features"]
            if feature["properties"]["feature"] == "space" and feature["properties"].get("in_service") is not False
        ]
        devices = {f"dev-{name}": name for name in names[:: max(1, len(names) // sensors)]}
        wishes = [
            NewDevice(device_id=device, vendor="Generic", model="JSON", space_id=space)
            for device, space in devices.items()
        ]
        guarded = GuardedCity(platform, await platform.fill(city, wishes), devices)
        for name in (DOOR, *WORKERS):
            guarded.start(name)
        await platform.until_ready()
        yield guarded


def _descendants(pid: int) -> Iterator[int]:
    """PostgreSQL serves every connection with a process of its own."""
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
