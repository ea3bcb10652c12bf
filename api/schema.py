"""Brings a database to the newest schema, and says whether it is there.

Alembic gets a path and an address; nothing of `migrations` is imported here. It works from an installed wheel, which
carries that folder, without an ini file.
"""

import asyncio
import importlib.util
import re
from pathlib import Path
from typing import Final

import asyncpg

from parking.domain.errors import ParkingError

CONNECT_WITHIN_S: Final = 5.0
NAMES: Final = re.compile(r'^(revision|down_revision)\b[^=\n]*= *(?:"([^"]+)"|None)', re.MULTILINE)
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


def known_revisions() -> dict[str, str | None]:
    """Return each revision with the one before it, read from the files.

    Alembic would tell the same half a second later, at every start of an installation that has nothing to migrate.
    """
    known: dict[str, str | None] = {}
    for path in migrations_folder().glob("versions/*.py"):
        names = dict(NAMES.findall(path.read_text(encoding="utf-8")))
        known[names["revision"]] = names["down_revision"] or None
    return known


def newest_revision() -> str:
    """Return the revision that no other follows.

    Raises `SchemaError` when there is none, or two that were made side by side.
    """
    known = known_revisions()
    heads = sorted(set(known).difference(filter(None, known.values())))
    if len(heads) != 1:
        raise SchemaError(f"the migrations have {len(heads)} newest revisions, there must be one: {heads}")
    return heads[0]


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
        if present == newest_revision():
            return False
        if present is not None and present not in known_revisions():
            raise SchemaError(f"the database is at revision {present}, which this version does not know; it is newer")
        await asyncio.to_thread(_run_alembic, database_url)
        return True
    finally:
        # Ending the session gives the lock back.
        await connection.close(timeout=CONNECT_WITHIN_S)


def _run_alembic(database_url: str) -> None:
    """Alembic's entry runs an event loop of its own, which needs a thread without one."""
    from alembic import command  # noqa: PLC0415 - heavy, and needed only when there is something to migrate
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    command.upgrade(config, "head")
