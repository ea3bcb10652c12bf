"""What a data folder remembers of its demonstration, and whether the database still agrees; light to import.

A second start has nothing to make, and should not load for it what makes a city: that costs seconds on a small machine.
"""

import asyncio
import json
from pathlib import Path
from typing import Final

import asyncpg
import msgspec

from api.embedded.folder import write_private
from parking.domain.errors import InvalidInputError

KEPT: Final = "demonstration.json"
SIMULATED_ATTENDANT: Final = "attendant.simulated"
"""The login of the simulation's own attendant."""
ANSWER_WITHIN_S: Final = 5.0
_IS_COMPLETE: Final = """
    SELECT EXISTS (SELECT FROM zone WHERE removed_at IS NULL)
       AND (SELECT count(*) FROM api_key WHERE key_id = ANY($1::text[]) AND revoked_at IS NULL) = cardinality($1::text[])
"""


class Demonstration(msgspec.Struct, frozen=True, kw_only=True):
    """The file is readable by its owner only: it holds keys and passwords. What only another version knows of is passed over."""

    seed: int
    speed: float
    keys: dict[str, str] = {}
    """Role to key; empty until the fleet is registered."""
    logins: dict[str, str] = {}
    """Login name to password."""
    device_mqtt_url: str | None = None
    spaces: int | None = None
    """Of a generated city; None for the one that is shaped like Zibo."""
    failures_from: float | None = None
    """When the day of failures began, in seconds since 1970 UTC; None while the devices only fail by chance."""


def read_demonstration(folder: Path) -> Demonstration | None:
    """Return what the folder remembers, None when it never held a demonstration.

    Raises `InvalidInputError` (`setting_invalid`) for a file that cannot be read.
    """
    path = folder / KEPT
    try:
        return msgspec.json.decode(path.read_bytes(), type=Demonstration)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}", code="setting_invalid") from error


def write_demonstration(folder: Path, kept: Demonstration) -> None:
    write_private(folder / KEPT, json.dumps(msgspec.to_builtins(kept), indent=2))


async def is_complete(database_url: str, kept: Demonstration) -> bool:
    """Whether the city, the fleet, the logins and every key are there, so that nothing has to be made."""
    if not kept.keys or not kept.logins:
        return False
    # A key reads sp_<id>_<secret>.
    ids = [text.split("_")[1] for text in kept.keys.values()]
    async with asyncio.timeout(ANSWER_WITHIN_S):
        connection = await asyncpg.connect(database_url)
        try:
            return bool(await connection.fetchval(_IS_COMPLETE, ids))
        finally:
            await connection.close()
