"""How long it takes from sending a reading until a listener of the public stream sees the change, at a steady rate.

The time starts when the request was due, not when a connection was free for it, so a slow answer counts against every
request that had to wait behind it.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
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
CONNECTIONS: Final = 8
SESSION: Final = "latency"
SETTLE_S: Final = 20.0
"""How long after the last request its changes may still come; a busy small machine is seconds late."""


async def change_latencies(rig: Rig, *, per_second: int, seconds: float) -> list[float]:
    """Seconds from request to visible change, one value for each probe that was seen.

    Raises `AnswerUnexpectedError` when a probe is never seen.
    """
    probes = _probes(rig.watchers)
    others = [watcher for watcher in rig.watchers if watcher.zone_id not in {p[0].zone_id for p in probes}]
    listener = _Listener()
    zones = ",".join(probe[0].zone_id for probe in probes)
    base = rig.settings.api_url
    async with connect(base) as stream, asyncio.TaskGroup() as group:
        listening = group.create_task(listener.run(stream, request_bytes(f"{base}/v1/stream?zones={zones}")))
        await listener.opened.wait()
        await _send(rig, probes, others, listener, per_second=per_second, seconds=seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await listener.all_seen.wait()
        listening.cancel()
    if listener.due:
        raise AnswerUnexpectedError(f"{len(listener.due)} changes were never seen")
    return listener.latencies


class _Listener:
    """Knows which changes are due, by space and device time, and notes when each is seen."""

    def __init__(self) -> None:
        self.due: dict[tuple[str, str], float] = {}
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
        self.due[space_id, observed_at] = due
        self.all_seen.clear()

    def _see(self, space: dict[str, str], at: float) -> None:
        began = self.due.pop((space["id"], space["observed_at"]), None)
        if began is not None:
            self.latencies.append(at - began)
        if not self.due:
            self.all_seen.set()


def _probes(watchers: Sequence[Watcher]) -> list[list[Watcher]]:
    by_zone: dict[str, list[Watcher]] = {}
    for watcher in watchers:
        by_zone.setdefault(watcher.zone_id, []).append(watcher)
    return list(by_zone.values())[:PROBE_ZONES]


async def _send(
    rig: Rig,
    probes: Sequence[Sequence[Watcher]],
    others: Sequence[Watcher],
    listener: _Listener,
    *,
    per_second: int,
    seconds: float,
) -> None:
    url = f"{rig.settings.api_url}/v1/readings"
    waiting: asyncio.Queue[bytes | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_post(url, waiting))
        began = time.perf_counter()
        for number in range(int(per_second * seconds / BATCH)):
            due = began + number * BATCH / per_second
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            waiting.put_nowait(
                request_bytes(url, method="POST", key=rig.key, body=_body(number, due, probes, others, listener))
            )
        for _ in range(CONNECTIONS):
            waiting.put_nowait(None)


async def _post(url: str, waiting: "asyncio.Queue[bytes | None]") -> None:
    async with connect(url) as connection:
        while (request := await waiting.get()) is not None:
            answer = await connection.ask(request)
            if answer.status != HTTPStatus.ACCEPTED:
                raise AnswerUnexpectedError(f"{answer.status}: {answer.body[:300].decode()}")


def _body(
    number: int, due: float, probes: Sequence[Sequence[Watcher]], others: Sequence[Watcher], listener: _Listener
) -> bytes:
    at = format_instant(to_micros(utc_now()))
    lines = []
    for zone in probes:
        lap, place = divmod(number, len(zone))
        probe = zone[place]
        listener.expect(probe.space_id, at, due)
        lines.append(line(probe.device_id, at=at, occupied=lap % 2 == 0, kind="change", session=SESSION, sequence=lap))
    for step in range(BATCH - len(probes)):
        lap, place = divmod(number * (BATCH - len(probes)) + step, len(others))
        kind, occupied = ("change", lap // 10 % 2 == 0) if (lap + place) % 10 == 0 else ("restate", lap // 10 % 2 == 0)
        lines.append(line(others[place].device_id, at=at, occupied=occupied, kind=kind, session=SESSION, sequence=lap))
    return body(lines)
