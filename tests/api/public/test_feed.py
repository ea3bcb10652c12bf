"""The read model hears of the live store what no change tells."""

from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis

from api.public.feed import ReadModelFeed
from parking.occupancy import keys
from parking.occupancy.live_reader import LiveReader
from parking.occupancy.shards import shard_of
from tests.api.city_in_memory import NOW_US, filled_model, snapshots
from tests.parking.occupancy.live import running, until

pytestmark = pytest.mark.service


async def test_every_space_is_confirmed_when_a_shard_is_read_in_pieces(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.public.feed.CONFIRM_S", 0.01)
    for module in ("api.public.feed", "parking.occupancy.live_reader"):
        monkeypatch.setattr(f"{module}.AT_ONCE", 1)
    model, shard = filled_model(), shard_of("Z1")
    held = snapshots()[shard].spaces
    assert len(held) > 1
    fields: Any = {
        space_id: msgspec.msgpack.encode(msgspec.structs.replace(state, heard_at=NOW_US + 1))
        for space_id, state in held.items()
    }
    await redis.hset(keys.spaces(shard), mapping=fields)

    async def confirmed() -> bool:
        known = model.shards[shard].spaces
        return all(known[space_id].heard_at == NOW_US + 1 for space_id in held)

    async with running(ReadModelFeed(model, LiveReader(redis)).confirm()):
        await until(confirmed)
