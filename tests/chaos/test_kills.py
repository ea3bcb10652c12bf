"""Kill -9 of the API, the worker, Valkey or PostgreSQL at random moments, under traffic, also with a slow fsync.

What must hold afterwards: every reading answered with 202 is in the history exactly once, the last word of every device
is what is shown, and live counts, sums of spaces and public counts are the same numbers.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from redis.asyncio import Redis

from api.cli.work import ROLES
from devices.inventory.wishes import NewDevice
from parking.occupancy.live_reader import LiveReader, ShardSnapshot
from parking.occupancy.shards import SHARDS
from parking.places.generator import generate
from tests.chaos.traffic import Poster
from tests.scenarios.platform import PROCESSES, Platform, servers, until

pytestmark = [pytest.mark.service, pytest.mark.chaos]

SPACES: Final = 90
POSTERS: Final = 3
KILLS_OF_EACH: Final = 3
SEED: Final = 20261122
SLOW_FLUSH_US: Final = 300_000


@pytest.fixture
async def platform(open_folder: Path) -> AsyncIterator[Platform]:
    async with servers(open_folder, {"enable-debug-command": "local"}) as platform:
        yield platform


class Scene:
    """A platform under traffic."""

    def __init__(self, platform: Platform, posters: Sequence[Poster], spaces: dict[str, str]) -> None:
        self.platform = platform
        self.posters = posters
        self.spaces = spaces
        """Device to space."""

    @property
    def accepted(self) -> int:
        return sum(len(poster.accepted) for poster in self.posters)

    async def until_accepted(self, number: int) -> None:
        async def reached() -> bool:
            return self.accepted >= number

        await until(reached, "no reading is accepted any more")


async def _begin(platform: Platform) -> Scene:
    city = generate(SPACES, 5)
    names = [f["id"] for f in city["features"] if f["properties"]["feature"] == "space" and _is_open(f)]
    spaces = {f"dev-{name}": name for name in names}
    wishes = [
        NewDevice(device_id=device, vendor="Generic", model="JSON", space_id=space) for device, space in spaces.items()
    ]
    key = await platform.fill(city, wishes)
    for name in PROCESSES:
        _start(platform, name)
    await platform.until_ready()
    shares = [list(spaces)[number::POSTERS] for number in range(POSTERS)]
    posters = [Poster(platform.settings.api_url, key, share, f"p{n}") for n, share in enumerate(shares)]
    return Scene(platform, posters, spaces)


def _start(platform: Platform, name: str) -> None:
    """Without the health of devices: it would distrust sensors whose word changes ten times a second."""
    platform.start(name, *(("--roles", ",".join(role for role in ROLES if role != "health")) if name == "work" else ()))


def _is_open(feature: dict[str, dict[str, object]]) -> bool:
    return feature["properties"].get("in_service") is not False


async def test_nothing_answered_is_lost_or_doubled_when_processes_are_killed(platform: Platform) -> None:
    scene = await _begin(platform)
    chance = random.Random(SEED)  # noqa: S311 - moments of kills are no secret
    victims = [*PROCESSES, "valkey", "postgres"] * KILLS_OF_EACH
    chance.shuffle(victims)
    await _under_traffic(scene, [_kill(scene, victim, chance) for victim in victims])
    await _check(scene)


async def test_nothing_answered_is_lost_when_valkey_dies_during_a_slow_fsync(platform: Platform) -> None:
    scene = await _begin(platform)
    chance = random.Random(SEED + 1)  # noqa: S311 - as above
    await _under_traffic(scene, [_kill_while_slow(scene, chance) for _ in range(KILLS_OF_EACH)])
    await _check(scene)


async def _under_traffic(scene: Scene, misfortunes: Sequence[Coroutine[None, None, None]]) -> None:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for poster in scene.posters:
            group.create_task(poster.run(stop))
        for misfortune in misfortunes:
            await scene.until_accepted(scene.accepted + 2 * SPACES)
            await misfortune
        await scene.until_accepted(scene.accepted + 2 * SPACES)
        stop.set()
    assert [odd for poster in scene.posters for odd in poster.odd] == []
    assert sum(poster.repeated for poster in scene.posters) > 0


async def _kill(scene: Scene, victim: str, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0.0, 0.3))
    await scene.platform.kill(victim)
    if victim in PROCESSES:
        _start(scene.platform, victim)


async def _kill_while_slow(scene: Scene, chance: random.Random) -> None:
    async with Redis.from_url(scene.platform.settings.required_redis_url) as redis:
        await redis.execute_command("DEBUG", "AOF-FLUSH-SLEEP", SLOW_FLUSH_US)  # type: ignore[no-untyped-call]
    await asyncio.sleep(chance.uniform(0.0, 3 * SLOW_FLUSH_US / 1e6))
    await scene.platform.kill("valkey")


async def _check(scene: Scene) -> None:
    await scene.platform.until_ready()
    ids = [name for poster in scene.posters for name in poster.accepted]
    assert len(set(ids)) == len(ids)
    await _check_history(scene.platform, frozenset(ids))
    await _check_shown(scene)


async def _check_history(platform: Platform, ids: frozenset[str]) -> None:
    connection = await asyncpg.connect(platform.settings.required_database_url)

    async def all_there() -> bool:
        rows = await connection.fetch("SELECT event_id, count(*) FROM observation GROUP BY event_id")
        found.clear()
        found.update({row[0]: row[1] for row in rows})
        return ids <= found.keys()

    found: Counter[str] = Counter()
    try:
        await until(all_there, "accepted readings are missing in the history")
    finally:
        await connection.close()
    assert {name: number for name, number in found.items() if number != 1} == {}
    assert found.keys() == ids


async def _check_shown(scene: Scene) -> None:
    """Every device's last word, in the live store and in the public answers, and every count the sum of its spaces."""
    said = {scene.spaces[device]: status for poster in scene.posters for device, status in poster.last.items()}

    async def shown() -> bool:
        return {space: status for space, status in (await _public(scene.platform)).items() if space in said} == said

    await until(shown, "the last words are not shown")
    async with Redis.from_url(scene.platform.settings.required_redis_url) as redis:
        snapshots = [await LiveReader(redis).snapshot(shard) for shard in SHARDS]
    public = {zone["id"]: zone for zone in (await scene.platform.get("/v1/zones?limit=1000"))["zones"]}
    for snapshot in snapshots:
        for zone_id, sums in _sums(snapshot).items():
            counts = snapshot.counts[zone_id]
            live = (counts.vacant, counts.occupied, counts.unknown, counts.restricted)
            zone = public[zone_id]
            assert live == tuple(sums[name] for name in ("free", "occupied", "unknown", "restricted"))
            assert live == tuple(zone[name] for name in ("vacant", "occupied", "unknown", "restricted"))
            assert sum(live) == counts.capacity == zone["capacity"]


def _sums(snapshot: ShardSnapshot) -> dict[str, Counter[str]]:
    sums: dict[str, Counter[str]] = {zone_id: Counter() for zone_id in snapshot.counts}
    for state in snapshot.spaces.values():
        sums[state.zone_id][state.status] += 1
    return sums


async def _public(platform: Platform) -> dict[str, str]:
    """Space to what the public sees."""
    zones = (await platform.get("/v1/zones?limit=1000"))["zones"]
    lists = [(await platform.get(f"/v1/zones/{zone['id']}/spaces"))["spaces"] for zone in zones]
    return {space["id"]: space["status"] for spaces in lists for space in spaces}
