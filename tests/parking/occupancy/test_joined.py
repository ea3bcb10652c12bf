"""What is joined here is what a script of the live store takes apart."""

import pytest
from redis.asyncio import Redis

from parking.occupancy.joined import joined

TAKE_APART = (
    "local t = {struct.unpack('<' .. string.rep('I4c0', tonumber(ARGV[2])), ARGV[1])}; table.remove(t); return t"
)


@pytest.mark.parametrize("parts", [[], [b""], [b"a", b"", b"\x00\xff" * 3], [b"x" * 1023, b"y" * 1024, b"z" * 70_000]])
async def test_script_finds_every_part_when_they_are_short_long_and_empty(redis: Redis, parts: list[bytes]) -> None:
    assert await redis.eval(TAKE_APART, 0, joined(parts), len(parts)) == parts
