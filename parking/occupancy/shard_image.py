"""A whole shard as it lies in the live store at one instant, undecoded, and its form as a checkpoint.

Values are copied as they are: what a later version adds to them is in the image without a word about it here.
"""

import zlib
from typing import Final

import msgspec
from redis.asyncio import Redis

from parking.domain.errors import InvalidInputError
from parking.occupancy import keys
from parking.occupancy.streams import START

_LEVEL: Final = 1
"""The quickest: a checkpoint is written often and read almost never."""


class ShardImage(msgspec.Struct, frozen=True, array_like=True):
    """The hashes of a shard by the names of `keys.HASHES`, and where its engine was."""

    hashes: dict[str, dict[bytes, bytes]]
    position: str
    """Last reading entry that was consumed."""
    commits: int
    change_id: str
    """Last change entry that was published."""
    epoch: str


EMPTY: Final = ShardImage({name: {} for name in keys.HASHES}, START, 0, START, "")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ShardImage).decode


async def read_image(redis: Redis, shard: int) -> ShardImage:
    """All of one instant: no batch can fall between the parts. Raises `redis.exceptions.RedisError`."""
    async with redis.pipeline(transaction=True) as pipeline:
        for of in keys.HASHES.values():
            pipeline.hgetall(of(shard))
        pipeline.hmget(keys.meta(shard), "position", "commits", "change", "epoch")
        *hashes, (position, commits, change_id, epoch) = await pipeline.execute()
    return ShardImage(
        dict(zip(keys.HASHES, hashes, strict=True)),
        START if position is None else position.decode(),
        0 if commits is None else int(commits),
        START if change_id is None else change_id.decode(),
        "" if epoch is None else epoch.decode(),
    )


def pack(image: ShardImage) -> bytes:
    """With a checksum in it."""
    return zlib.compress(_encode(image), _LEVEL)


def unpack(body: bytes) -> ShardImage:
    """Raises InvalidInputError `checkpoint_unreadable` for one that is damaged or of another form."""
    try:
        image = _decode(zlib.decompress(body))
    except (zlib.error, msgspec.MsgspecError) as error:
        raise InvalidInputError(f"a checkpoint cannot be read: {error}", code="checkpoint_unreadable") from error
    # One from before a hash was added to the store has nothing in it.
    return msgspec.structs.replace(image, hashes={name: image.hashes.get(name, {}) for name in keys.HASHES})
