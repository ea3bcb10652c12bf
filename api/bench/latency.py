"""How long it takes from sending a reading until a listener of the public stream sees the change, at a steady rate.

The time starts when the request was due, not when a connection was free for it, so a slow answer counts against every
request that had to wait behind it.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from api.bench.http_client import Connection, connect, request_bytes
from api.bench.readings import BATCH, Watcher, body, line
from api.bench.rig import Rig
from api.bench.throughput import AnswerUnexpectedError
from parking.domain.clock import format_instant, to_micros, utc_now

PROBE_ZONES: Final = 4
"""One reading of each request stands in each of these zones; only their changes are listened to."""
RUNS: Final = 2
"""Runs on one rig, each with probe zones of its own, whose spaces nobody else speaks of: every word there is a change."""
PROBE_CHANGES: Final = 8
"""A probe changes at most so often: the health of devices rightly distrusts one that changes ten times in ten minutes."""
CONNECTIONS: Final = 8
SETTLE_S: Final = 20.0
"""How long after the last request its changes may still come; a busy small machine is seconds late."""


async def change_latencies(rig: Rig, *, per_second: int, seconds: float, run: int) -> list[float]:
    """Seconds from request to visible change, one value for each probe that was seen.

    `run` is 0 or 1; a rig has two.

    Raises `AnswerUnexpectedError` when a probe is never seen.
    """
    zones = _zones(rig.watchers)
    probes = zones[run * PROBE_ZONES : (run + 1) * PROBE_ZONES]
    others = [watcher for zone in zones[RUNS * PROBE_ZONES :] for watcher in zone]
    listener = _Listener()
    base = rig.settings.api_url
    async with connect(base) as stream, asyncio.TaskGroup() as group:
        heard = ",".join(zone[0].zone_id for zone in probes)
        listening = group.create_task(listener.run(stream, request_bytes(f"{base}/v1/stream?zones={heard}")))
        await listener.opened.wait()
        shortest = min(len(zone) for zone in probes)
        every = -(-int(per_second * seconds / BATCH) // (shortest * PROBE_CHANGES))
        made = _Bodies(probes, others, listener, f"steady-{run}", every=max(1, every))
        await _send(rig, made, per_second=per_second, seconds=seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await listener.all_seen.wait()
        listening.cancel()
    if listener.due:
        raise AnswerUnexpectedError(f"changes of {len(listener.due)} spaces were never seen")
    return listener.latencies


class _Listener:
    """Knows which changes are due, by space and device time, and notes when each is seen."""

    def __init__(self) -> None:
        self.due: dict[str, dict[str, float]] = defaultdict(dict)
        self.latencies: list[float] = []
        self.opened = asyncio.Event()
        self.all_seen = asyncio.Event()

    async def run(self, connection: Connection, request: bytes) -> None:
        is_space = False
        async for text in connection.lines(request):
            self.opened.set()
            if text.startswith(b"event: "):
                is_space = text == b"event: space"
            elif is_space and text.startswith(b"data: "):
                self._see(msgspec.json.decode(text[6:]), time.perf_counter())

    def expect(self, space_id: str, observed_at: str, due: float) -> None:
        self.due[space_id][observed_at] = due
        self.all_seen.clear()

    def _see(self, space: dict[str, str], at: float) -> None:
        """A listener that is late is told the newest alone, and with it has seen what was due before."""
        due = self.due.get(space["id"], {})
        for observed_at in [one for one in due if one <= space["observed_at"]]:
            self.latencies.append(at - due.pop(observed_at))
        if not due:
            self.due.pop(space["id"], None)
        if not self.due:
            self.all_seen.set()


def _zones(watchers: Sequence[Watcher]) -> list[list[Watcher]]:
    by_zone: dict[str, list[Watcher]] = {}
    for watcher in watchers:
        by_zone.setdefault(watcher.zone_id, []).append(watcher)
    return list(by_zone.values())


async def _send(rig: Rig, made: "_Bodies", *, per_second: int, seconds: float) -> None:
    url = f"{rig.settings.api_url}/v1/readings"
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_post(url, waiting))
        began = time.perf_counter()
        for number in range(int(per_second * seconds / BATCH)):
            due = began + number * BATCH / per_second
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            waiting.put_nowait(request_bytes(url, method="POST", key=rig.key, body=made.body(number, due)))
        for _ in range(CONNECTIONS):
            waiting.put_nowait(None)


async def _post(url: str, waiting: "asyncio.Queue[bytes | None]") -> None:
    async with connect(url) as connection:
        while (request := await waiting.get()) is not None:
            answer = await connection.ask(request)
            if answer.status != HTTPStatus.ACCEPTED:
                raise AnswerUnexpectedError(f"{answer.status}: {answer.body[:300].decode()}")


@dataclass(frozen=True)
class _Bodies:
    """Makes each request when it is due, because its readings are of that moment."""

    probes: Sequence[Sequence[Watcher]]
    others: Sequence[Watcher]
    listener: _Listener
    session: str
    every: int
    """The probes of so many requests say one change, and after it that it still holds."""

    def body(self, number: int, due: float) -> bytes:
        at = format_instant(to_micros(utc_now()))
        lines = []
        for zone in self.probes:
            lap, place = divmod(number // self.every, len(zone))
            probe, is_change = zone[place], number % self.every == 0
            if is_change:
                self.listener.expect(probe.space_id, at, due)
            kind = "change" if is_change else "restate"
            lines.append(self._line(probe, at, number, kind=kind, occupied=lap % 2 == 0))
        size = BATCH - len(self.probes)
        for step in range(size):
            lap, place = divmod(number * size + step, len(self.others))
            kind = "change" if (lap + place) % 10 == 0 else "restate"
            lines.append(self._line(self.others[place], at, lap, kind=kind, occupied=lap // 10 % 2 == 0))
        return body(lines)

    def _line(self, watcher: Watcher, at: str, lap: int, *, kind: str, occupied: bool) -> str:
        return line(watcher.device_id, at=at, occupied=occupied, kind=kind, session=self.session, sequence=lap)
