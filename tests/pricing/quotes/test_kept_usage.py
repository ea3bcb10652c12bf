"""Used free time of before the new schema counts on its day as it did, and goes back into days."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from api.embedded.postgres import PostgresServer
from tests.old_database import OldDatabase, database_at

pytestmark = pytest.mark.service


@pytest.fixture
async def old(postgres_server: PostgresServer) -> AsyncIterator[OldDatabase]:
    """At the revision before, with two days of one vehicle."""
    async with database_at(postgres_server, "for_kept_usage", "0020") as opened:
        await opened.connection.execute(
            "INSERT INTO quota_use VALUES ('token', '2026-03-01', 7200), ('token', '2026-03-02', 5400), ('other', '2026-03-02', 0)"
        )
        yield opened


async def test_days_become_spans_and_days_again(old: OldDatabase) -> None:
    connection = old.connection
    await old.upgrade("0021")
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
    await old.downgrade("0020")
    rows = await connection.fetch("SELECT plate_token, day, used_s FROM quota_use ORDER BY day")
    assert [tuple(row) for row in rows] == [
        ("token", date(2026, 3, 1), 3 * 3600),
        ("token", date(2026, 3, 2), 90 * 60),
    ]
