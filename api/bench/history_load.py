"""What the engine leaves for history: readings of a city in the streams, each judged and published."""

from collections.abc import Iterator
from typing import Final

from redis.asyncio import Redis

from parking.domain.clock import to_micros, utc_now
from parking.occupancy import keys
from parking.occupancy.engine_batch import ShardState, apply_entries
from parking.occupancy.evidence import Observation, ZoneEntry, encode_observations, encode_zone
from parking.occupancy.history_rows import Judged
from parking.occupancy.live_store import LiveStore
from parking.occupancy.shards import SHARDS, Shard, shard_of
from parking.occupancy.streams import START

ZONE_SIZE: Final = 50
ENTRY: Final = 6
"""Readings in a stream entry: a request of 100 is shared among the shards."""
BATCH: Final = 100
"""Entries in one commit of the engine under load."""
FLIP_EVERY: Final = 10
SECOND: Final = 1_000_000
_LEASE_MS: Final = 3_600_000


class HistoryLoad:
    """A city of `spaces` whose devices speak in turn; every tenth word of a device is a change."""

    def __init__(self, redis: Redis, *, spaces: int) -> None:
        self._redis = redis
        self._store = LiveStore(redis, lease_ms=_LEASE_MS)
        self._homes: dict[Shard, list[tuple[str, str]]] = {shard: [] for shard in SHARDS}
        for number in range(spaces):
            zone_id = f"zone-{number // ZONE_SIZE:05d}"
            self._homes[shard_of(zone_id)].append((f"{zone_id}-{number % ZONE_SIZE:02d}", zone_id))
        self._round = 0
        self._at: int = to_micros(utc_now())
        self._states: dict[Shard, ShardState] = {}
        self._tokens: dict[Shard, int] = {}
        self._heads: dict[Shard, tuple[str, int]] = {}
        """Newest change and number of commits."""

    @property
    def spaces(self) -> list[tuple[str, str]]:
        """Each with its zone."""
        return [home for homes in self._homes.values() for home in homes]

    async def define(self) -> None:
        """Own every shard and tell it its zones."""
        for shard, homes in self._homes.items():
            token = await self._store.acquire(shard, epoch=f"bench-{shard}")
            if token is None:
                raise RuntimeError(f"shard {shard} of a new store has an owner")
            self._tokens[shard], self._heads[shard], self._states[shard] = token, (START, 0), ShardState()
            zones: dict[str, list[tuple[str, bool]]] = {}
            for space_id, zone_id in homes:
                zones.setdefault(zone_id, []).append((space_id, True))
            for zone_id, spaces in zones.items():
                await self._commit(shard, [ZoneEntry(zone_id, 1, spaces, self._at)])

    async def speak(self) -> int:
        """Every device says one word; how many readings that was."""
        said = 0
        for shard, homes in self._homes.items():
            words = [self._word(place, *home) for place, home in enumerate(homes)]
            entries = [words[start : start + ENTRY] for start in range(0, len(words), ENTRY)]
            for start in range(0, len(entries), BATCH):
                await self._commit(shard, entries[start : start + BATCH])
            said += len(words)
        self._round += 1
        self._at += SECOND
        return said

    def words(self) -> list[Judged]:
        """What every device would say next, as it would stand in history."""
        return [
            Judged(shard, f"{self._at // 1000}-{place // ENTRY}", place % ENTRY, self._word(place, *home), "c")
            for shard, homes in self._homes.items()
            for place, home in enumerate(homes)
        ]

    def _word(self, place: int, space_id: str, zone_id: str) -> Observation:
        step = self._round + place
        return Observation(
            f"bench-{space_id}",
            space_id,
            zone_id,
            "change" if step % FLIP_EVERY == 0 else "restate",
            "occupied" if step // FLIP_EVERY % 2 == 1 else "free",
            self._at + place,
            self._at + place // ENTRY * ENTRY + SECOND // 2,
            3600,
            "bench",
            self._round,
        )

    async def _commit(self, shard: Shard, evidence: list[list[Observation]] | list[ZoneEntry]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for fields in _fields(evidence):
                pipeline.xadd(keys.readings(shard), fields)  # type: ignore[arg-type] # the stubs forbid bytes
            ids = [entry_id.decode() for entry_id in await pipeline.execute()]
        outcome = apply_entries(self._states[shard], list(zip(ids, evidence, strict=True)), self._at + SECOND)
        after, commits = self._heads[shard]
        commit = await self._store.commit_batch(
            shard,
            outcome,
            token=self._tokens[shard],
            commits=commits,
            after=after,
            position=ids[-1],
            heartbeat_us=self._at,
        )
        self._heads[shard] = (commit.change_id, commits + 1)
        self._states[shard].absorb(outcome)


def _fields(evidence: list[list[Observation]] | list[ZoneEntry]) -> Iterator[dict[bytes, bytes]]:
    for item in evidence:
        yield encode_zone(item) if isinstance(item, ZoneEntry) else encode_observations(item)
