"""What the live store knows of the errors of a device: learnt where another kind of evidence tells of its space."""

import asyncio
from typing import Final

from redis.exceptions import RedisError

from api.operator.device_health_schemas import ErrorRateOut, errors_out
from devices.health.listing import Listed
from devices.registry import installed
from parking.occupancy.live_reader import LiveReader

WITHIN_S: Final = 2.0


async def errors_of(live: LiveReader, one: Listed) -> list[ErrorRateOut] | None:
    """None while the live store does not answer: whatever else is known of the device is told all the same."""
    if one.zone_id is None or one.space_id is None:
        return []
    try:
        async with asyncio.timeout(WITHIN_S):
            learnt = await live.learnt_errors(one.zone_id, one.space_id)
    except (RedisError, OSError, TimeoutError):
        return None
    return errors_out(learnt, installed().source_of(one.vendor, one.model))
