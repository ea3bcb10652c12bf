"""All shards rebuilt at once, by a person's order: beside running workers, or where none runs."""

import asyncio
import uuid

from redis.asyncio import Redis

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError
from parking.occupancy.engine import LEASE_MS
from parking.occupancy.live_store import LiveStore
from parking.occupancy.rebuild import Rebuilder, Rebuilt
from parking.occupancy.shards import SHARDS, Shard


class LiveStoreNotEmptyError(ConflictError):
    """Somebody works with what is in the store, and nobody has said that it is to go."""

    code = "live_store_not_empty"


async def rebuild_all(redis: Redis, database: Database, *, anew: bool) -> list[Rebuilt]:
    """What was rebuilt here. Of the other shards history knows nothing, or a worker has taken them up and does the same.

    With `anew` what the store holds is thrown away first; without it a store in which anything lives is refused. Raises
    as `Rebuilder` does.
    """
    store = LiveStore(redis, lease_ms=LEASE_MS)
    begun = [shard for shard in SHARDS if await store.is_begun(shard)]
    if begun and not anew:
        raise LiveStoreNotEmptyError(f"{len(begun)} of {len(SHARDS)} shards are in use; --anew throws them away")
    for shard in begun:
        await store.begin_anew(shard)
    rebuilder = Rebuilder(redis, database)
    done = await asyncio.gather(*(_one(store, rebuilder, shard) for shard in SHARDS))
    return [rebuilt for rebuilt in done if rebuilt is not None]


async def _one(store: LiveStore, rebuilder: Rebuilder, shard: Shard) -> Rebuilt | None:
    token = await store.acquire(shard, epoch=uuid.uuid4().hex)
    if token is None:
        return None
    try:
        return await rebuilder(store, shard, token)
    finally:
        await store.release(shard, token)
