"""Fills a fresh installation with a generated city of any size, a sensor on every space, and keys to try it with.

Made piece by piece, each in a transaction of its own, so that a million spaces need no more memory than some thousand; what was
interrupted goes on at the next start, because what is there already changes nothing.
"""

import logging
import secrets
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import text

from api.installation.demonstration import LOGINS, give_accounts, give_keys, has_inventory
from api.installation.demonstration_record import SIMULATED_ATTENDANT, Demonstration, write_demonstration
from devices.inventory.service import DeviceService
from devices.inventory.wishes import NewDevice
from devices.registry import installed
from devices.simulation.crowd import HEARTBEAT_S, device_of
from parking.db.engine import open_engine
from parking.db.unit_of_work import Database
from parking.domain.clock import utc_now
from parking.domain.errors import InvalidInputError
from parking.places.generator import generate_features
from parking.places.service import import_collection

PIECE: Final = 20_000
"""Features in one transaction at most."""
FIRST_PIECE: Final = 1_000
_ANALYZE: Final = text("ANALYZE zone, space, device, device_binding")
"""Until the planner knows that the tables have grown it takes them for small, and reads them once for every row."""
_log = logging.getLogger(__name__)

_PLAN_ANEW: Final = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""A plan for any list of names looks through the whole list for each row; one for this list hashes it."""


async def make_generated_city(
    database_url: str, folder: Path, kept: Demonstration | None, *, spaces: int, seed: int
) -> Demonstration | None:
    """Make what is missing; None when the inventory is somebody else's. `kept` is what the folder remembers."""
    database = Database(open_engine(database_url, pool_size=1))
    try:
        if kept is None:
            if await has_inventory(database):
                return None
            kept = Demonstration(seed=seed, speed=1.0, spaces=spaces)
            # Before the city: whoever is interrupted here finds at the next start that it is his own.
            write_demonstration(folder, kept)
        if not kept.keys:
            await _fill(database, spaces, kept.seed)
        wanted = {name: role for name, role in LOGINS.items() if role[1] is None and name != SIMULATED_ATTENDANT}
        kept = msgspec.structs.replace(kept, logins={name: secrets.token_urlsafe(9) for name in wanted} | kept.logins)
        # Before the accounts: a password that is not kept opens nothing.
        write_demonstration(folder, kept)
        async with database.transaction() as session:
            keys = await give_keys(session, kept.keys)
            await give_accounts(session, kept.logins, wanted)
    finally:
        await database.close()
    return msgspec.structs.replace(kept, keys=keys)


async def _fill(database: Database, spaces: int, seed: int) -> None:
    done = 0
    service = DeviceService(installed(), utc_now)
    for piece in _pieces(generate_features(spaces, seed)):
        async with database.transaction() as session:
            await session.execute(_PLAN_ANEW)
            imported = await import_collection(session, {"type": "FeatureCollection", "features": piece}, at=utc_now())
            if imported.errors:
                raise InvalidInputError(imported.errors[0].detail, code=imported.errors[0].code)
            wishes = [_wish(feature["id"]) for feature in piece if feature["properties"]["feature"] == "space"]
            # Those of an interrupted start are there already, and are told as errors.
            await service.register_many(session, wishes)
            await session.execute(_ANALYZE)
        done += len(wishes)
        _log.info("generated city: %d of %d spaces and their sensors", done, spaces)


def _pieces(features: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    size = FIRST_PIECE
    while piece := list(islice(features, size)):
        yield piece
        size = min(2 * size, PIECE)


def _wish(space_id: str) -> NewDevice:
    return NewDevice(
        device_id=device_of(space_id), vendor="Generic", model="JSON", heartbeat_s=HEARTBEAT_S, space_id=space_id
    )
