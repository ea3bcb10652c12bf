"""Brings a database to the newest schema, and says whether it is there.

Alembic gets a path and an address; nothing of `migrations` is imported here. It works from an installed wheel, which
carries that folder, without an ini file.
"""

import asyncio
import importlib.util
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from parking.domain.errors import ParkingError

CONNECT_WITHIN_S: Final = 5.0
LOCK_KEY: Final = 7_275_464_669_001
"""Any number that nothing else locks: processes that migrate at once take turns."""


class SchemaError(ParkingError):
    """The schema cannot be brought to the present version."""

    code = "schema_unusable"


def migrations_folder() -> Path:
    spec = importlib.util.find_spec("migrations")
    if spec is None or not spec.submodule_search_locations:
        raise SchemaError("the migrations are not installed beside the program")
    return Path(next(iter(spec.submodule_search_locations)))


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(_configuration()).get_current_head()


async def present_revision(connection: asyncpg.Connection) -> str | None:
    """Return the revision of the connected database, None where no schema was ever made."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


async def upgrade(database_url: str) -> bool:
    """Run the missing revisions and return whether there were any.

    Raises `SchemaError` when the database cannot be reached or is newer than this program.
    """
    try:
        connection = await asyncpg.connect(database_url, timeout=CONNECT_WITHIN_S)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise SchemaError(f"the database cannot be reached: {error}", code="database_unreachable") from error
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK_KEY)
        present = await present_revision(connection)
        if present == await asyncio.to_thread(newest_revision):
            return False
        known = {script.revision for script in ScriptDirectory.from_config(_configuration()).walk_revisions()}
        if present is not None and present not in known:
            raise SchemaError(f"the database is at revision {present}, which this version does not know; it is newer")
        # Alembic's entry runs an event loop of its own, which needs a thread without one.
        await asyncio.to_thread(command.upgrade, _configuration(database_url), "head")
        return True
    finally:
        # Ending the session gives the lock back.
        await connection.close(timeout=CONNECT_WITHIN_S)


def _configuration(database_url: str | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if database_url is not None:
        config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    return config
