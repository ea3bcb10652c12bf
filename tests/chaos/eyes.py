"""Who looks at the city while it is struck, and writes down whatever may not be.

`Watch` asks the live store for whole shards and the door for its numbers, again and again. `Listener` is a consumer of
the bus. Both go on through outages; both say how often they have looked, because who has seen nothing has proved nothing.
"""

import asyncio
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Final

import httpx
from redis.asyncio import Redis

from api.public.pulse import CLOCKS_DIFFER_S, STALE_AFTER_S
from parking.bus.codec import fact_of
from parking.bus.connection import OUTAGES, open_redis
from parking.bus.ports import Subscription
from parking.bus.redis_streams import RedisStreamsBus
from parking.events.envelope import CloudEvent
from parking.events.space import SpaceStateChanged
from parking.occupancy import keys
from parking.occupancy.live_reader import LiveReader, ShardSnapshot
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.streams import id_order
from tests.parking.occupancy.samples import assert_counts_equal_spaces

FRESH_WITHIN_S: Final = STALE_AFTER_S + CLOCKS_DIFFER_S + 0.5
"""What is called fresh is no older; the rest is the way of the question."""
ANSWER_WITHIN_S: Final = 2.0
SHOWN_WITHIN_US: Final = 1_000_000
"""Instants are shown in whole milliseconds at the best."""
NUMBERS: Final = ("vacant", "occupied", "unknown", "restricted")
ASK_AGAIN_S: Final = 0.05
KEPT_WRONG: Final = 50
CONSUMER: Final = "chaos-listener"
ORDERED: Final = ("fence", "commits")
"""What never goes back in the life of a store; `fence` rises with every new owner."""


@dataclass
class Findings:
    """How often what was looked at, and what was wrong."""

    checks: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """The first of them in words."""

    def note(self, what: str, *, holds: bool, detail: str = "") -> None:
        self.checks[what] += 1
        if not holds:
            self.violations[what] += 1
            if len(self.wrong) < KEPT_WRONG:
                self.wrong.append(f"{what}: {detail}")


@dataclass
class Outages:
    """The times in which something did not hold, each with what had struck last when it began."""

    struck: str = "nothing"
    since: float | None = None
    over: list[tuple[str, float]] = field(default_factory=list)
    _cause: str = ""

    def note(self, is_well: bool) -> None:  # noqa: FBT001 - it is what is noted
        now = time.monotonic()
        if not is_well and self.since is None:
            self.since, self._cause = now, self.struck
        elif is_well and self.since is not None:
            self.over.append((self._cause, now - self.since))
            self.since = None

    def summary(self) -> dict[str, dict[str, float]]:
        """Seconds by cause: number of outages, median, worst, all together."""
        causes = sorted({cause for cause, _ in self.over})
        lasted = {cause: [length for by, length in self.over if by == cause] for cause in causes}
        lasted["all"] = [length for _, length in self.over]
        return {
            cause: {
                "outages": len(lengths),
                "median_s": round(median(lengths), 2),
                "worst_s": round(max(lengths), 2),
                "sum_s": round(sum(lengths), 1),
            }
            for cause, lengths in lasted.items()
            if lengths
        }


class Watch:
    """Looks at the live store and at the door every `pause_s`."""

    def __init__(self, redis_url: str, api_url: str, findings: Findings, *, pause_s: float) -> None:
        self._redis_url = redis_url
        self._redis = open_redis(redis_url)
        self._has_looked = False
        self._reader = LiveReader(self._redis)
        self._client = httpx.AsyncClient(base_url=api_url, timeout=ANSWER_WITHIN_S, trust_env=False)
        self._findings = findings
        self._pause_s = pause_s
        self._marks: dict[tuple[Shard, str], int] = {}
        self._epochs: dict[Shard, bytes] = {}
        self._beats: dict[Shard, int] = {}
        self._beats_until = 0.0
        """Seconds since 1970 after which no engine can have spoken that we have not heard."""
        self._observed: deque[tuple[float, dict[str, int | None]]] = deque()
        """When each zone's newest evidence was of which time, for as long as the door may be behind."""
        self._last_beats: dict[Shard, int] = {}
        self.fresh = Outages()

    @property
    def owners(self) -> int:
        """How often a shard has got an owner."""
        return sum(value for (_, name), value in self._marks.items() if name == "fence")

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop."""
        try:
            while not stop.is_set():
                began = time.time()
                zones = await self._zones()
                newest = self._beats_until or time.time()
                await self._look()
                if zones is not None:
                    self._check_public(zones, began, newest)
                self.fresh.note(zones is not None and not any(zone["stale"] for zone in zones))
                await asyncio.sleep(self._pause_s)
        finally:
            await self._client.aclose()
            await self._redis.aclose()

    async def listen(self) -> None:
        """Until cancelled: one question is always on its way to the store, which answers in turn. While it is not answered,
        nothing that came later has been done.
        """
        redis = open_redis(self._redis_url)
        try:
            while True:
                self._beats_until = time.time()
                await _pending(redis)
                # Answered, or the line is lost: until now an engine may have spoken.
                self._beats_until = 0.0
                await asyncio.sleep(self._pause_s)
        finally:
            await redis.aclose()

    async def _zones(self) -> list[dict[str, Any]] | None:
        try:
            answer = await self._client.get("/v1/zones?limit=1000")
        except httpx.TransportError:
            return None
        if answer.status_code != httpx.codes.OK:
            odd = answer.status_code != httpx.codes.SERVICE_UNAVAILABLE
            self._findings.note("answers of the door", holds=not odd, detail=answer.text[:200])
            return None
        zones: list[dict[str, Any]] = answer.json()["zones"]
        return zones

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                snapshots = {shard: await self._reader.snapshot(shard) for shard in SHARDS}
                metas = {shard: await _meta(self._redis, shard) for shard in SHARDS}
        except OUTAGES:
            self._has_looked = False
            return
        self._has_looked = True
        for shard, snapshot in snapshots.items():
            self._check_shard(shard, snapshot, metas[shard])
        self._observed.append(
            (
                time.time(),
                {zone: counts.observed_at for one in snapshots.values() for zone, counts in one.counts.items()},
            )
        )

    def _check_shard(self, shard: Shard, snapshot: ShardSnapshot, meta: dict[bytes, bytes]) -> None:
        try:
            assert_counts_equal_spaces(snapshot.counts, snapshot.spaces)
        except AssertionError as error:
            self._findings.note("counts are sums", holds=False, detail=f"shard {shard}: {error}")
        else:
            self._findings.note("counts are sums", holds=True)
        epoch = meta.get(b"epoch", b"")
        same = self._epochs.setdefault(shard, epoch) == epoch
        self._findings.note("one life of the store", holds=same, detail=f"shard {shard}")
        for name in ORDERED:
            value, before = int(meta.get(name.encode(), 0)), self._marks.get((shard, name), 0)
            self._findings.note(f"{name} only rises", holds=value >= before, detail=f"{shard}: {before} to {value}")
            self._marks[shard, name] = value
        beat = snapshot.heartbeat_us or 0
        # Behind a backlog it goes back: what was answered in between may have known the one before.
        self._beats[shard] = max(beat, self._last_beats.get(shard, 0))
        self._last_beats[shard] = beat

    def _check_public(self, zones: list[dict[str, Any]], asked: float, newest: float) -> None:
        """`asked` is before the answer; what we know of the store is younger than it, or else `newest` is what may be."""
        then = self._as_of(asked - FRESH_WITHIN_S)
        for zone in zones:
            total = sum(zone[name] for name in NUMBERS)
            self._findings.note("public counts add up", holds=total == zone["capacity"], detail=str(zone))
            if zone["stale"]:
                continue
            beat_s = self._beats.get(shard_of(zone["id"]), 0) / 1e6
            last_s = beat_s if self._has_looked else max(beat_s, newest)
            self._findings.note(
                "fresh is fresh",
                holds=asked - last_s <= FRESH_WITHIN_S,
                detail=f"at {asked:.1f} {zone['id']} was fresh {asked - last_s:.1f} s after the last sign of its engine",
            )
            known = then.get(zone["id"])
            if known is not None:
                shown = zone["observed_at"]
                self._findings.note(
                    "fresh is not behind",
                    holds=shown is not None and _micros(shown) + SHOWN_WITHIN_US >= known,
                    detail=f"{zone['id']} shows {shown}, {asked - known / 1e6:.1f} s after evidence that was in",
                )

    def _as_of(self, instant: float) -> dict[str, int | None]:
        """What was in the store at that time, or somewhat before."""
        while len(self._observed) > 1 and self._observed[1][0] <= instant:
            self._observed.popleft()
        return self._observed[0][1] if self._observed and self._observed[0][0] <= instant else {}


async def _pending(redis: Redis) -> None:
    """Until the store answers; asked again at once where it is only slow or away."""
    while True:
        try:
            await redis.get("chaos:question")
        except OUTAGES:
            await asyncio.sleep(ASK_AGAIN_S)
        else:
            return


async def _meta(redis: Redis, shard: Shard) -> dict[bytes, bytes]:
    answer: Any = await redis.hgetall(keys.meta(shard))
    found: dict[bytes, bytes] = answer
    return found


def _micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


class Listener:
    """A consumer of the bus: every change of a space once or more, and each space's in their order."""

    def __init__(self, redis_url: str, findings: Findings) -> None:
        self._redis_url = redis_url
        self._findings = findings
        self._last: dict[str, tuple[tuple[int, int, int], str]] = {}
        """Space to the place of its last new event, and what that said."""
        self.seen: set[str] = set()
        """Ids of events."""
        self.again = 0

    async def run(self) -> None:
        """Until cancelled."""
        redis = open_redis(self._redis_url)
        try:
            subscription = Subscription(
                consumer=CONSUMER, types=frozenset({SpaceStateChanged.TYPE}), handler=self._hear
            )
            await RedisStreamsBus(redis).run(subscription)
        finally:
            await redis.aclose()

    async def _hear(self, event: CloudEvent) -> None:
        if event.id in self.seen:
            self.again += 1
            return
        self.seen.add(event.id)
        fact = fact_of(event)
        assert isinstance(fact, SpaceStateChanged)
        place, status = _place(event.id), self._last.get(fact.space_id)
        if status is not None:
            self._findings.note("events in order", holds=status[0] < place, detail=f"{event.id} after {status[0]}")
            self._findings.note(
                "events join",
                holds=status[1] == fact.previous_status,
                detail=f"{event.id} of {fact.space_id} says {fact.previous_status} was before, not {status[1]}",
            )
        self._last[fact.space_id] = (place, fact.status)


def _place(event_id: str) -> tuple[int, int, int]:
    _, milliseconds, counter, item = event_id.split("-")
    return (*id_order(f"{milliseconds}-{counter}"), int(item))
