"""Used free time of before the new schema counts on its day as it did, and goes back into days."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from api import schema
from api.embedded.postgres import PostgresServer

pytestmark = pytest.mark.service
NAME = "for_kept_usage"


@pytest.fixture
def config(postgres_server: PostgresServer) -> Config:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.set_main_option("sqlalchemy.url", postgres_server.address_of(NAME))
    return config


@pytest.fixture
async def connection(postgres_server: PostgresServer, config: Config) -> AsyncIterator[asyncpg.Connection]:
    """A database at the revision before, with two days of one vehicle."""
    owner = await asyncpg.connect(postgres_server.address_of("postgres"))
    await owner.execute(f"CREATE DATABASE {NAME}")
    await asyncio.to_thread(command.upgrade, config, "0020")
    connection = await asyncpg.connect(postgres_server.address_of(NAME))
    await connection.execute(
        "INSERT INTO quota_use VALUES ('token', '2026-03-01', 7200), ('token', '2026-03-02', 5400), ('other', '2026-03-02', 0)"
    )
    yield connection
    await connection.close()
    await owner.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
    await owner.close()


async def test_days_become_spans_and_days_again(connection: asyncpg.Connection, config: Config) -> None:
    await asyncio.to_thread(command.upgrade, config, "0021")
    (row,) = await connection.fetch("SELECT usage_key, granted, entries, kept_until FROM vehicle_usage")
    midnight = datetime(2026, 2, 28, 16, tzinfo=UTC)
    spans = [(span.lower, span.upper) for span in row["granted"]]
    assert spans == [
        (midnight, midnight + timedelta(hours=2)),
        (midnight + timedelta(days=1), midnight + timedelta(days=1, minutes=90)),
    ]
    assert (row["usage_key"], row["entries"]) == ("nev", [])
    assert row["kept_until"] > midnight + timedelta(days=32)
    await connection.execute("UPDATE vehicle_usage SET granted = granted + tstzmultirange(tstzrange($1, $2))",
                             midnight + timedelta(hours=23), midnight + timedelta(hours=25))  # fmt: skip
    await asyncio.to_thread(command.downgrade, config, "0020")
    await connection.reload_schema_state()
    rows = await connection.fetch("SELECT plate_token, day, used_s FROM quota_use ORDER BY day")
    assert [tuple(row) for row in rows] == [
        ("token", date(2026, 3, 1), 3 * 3600),
        ("token", date(2026, 3, 2), 90 * 60),
    ]
