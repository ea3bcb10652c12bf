"""Versions of rate tables: in force from their instant on, frozen once kept, never two at once."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError
from parking.events.sign import SignRequested
from parking.events.tariff import TariffNoticed, TariffPublished
from pricing.rates.repository import postings_after, versions
from pricing.rates.service import draft, rate_in_force, version_of
from tests.pricing.rates.priced_street import (
    EFFECTIVE,
    OPENING,
    SEGMENTS,
    ZONE,
    build,
    dearer,
    published,
    table,
)

pytestmark = pytest.mark.service


async def half_hour(database: Database, instant: datetime) -> int | None:
    async with database.transaction() as session:
        found = await rate_in_force(session, ZONE, "kerb", instant)
        return None if found is None else found.collections[0].lines[0].unit_price


async def test_nothing_changes_before_the_instant_when_a_version_is_published(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        await published(session, await dearer(session))
    assert await half_hour(database, EFFECTIVE - timedelta(microseconds=1)) == 150
    assert await half_hour(database, EFFECTIVE) == 200
    assert await half_hour(database, OPENING - timedelta(seconds=1)) is None
    async with database.transaction() as session:
        assert await rate_in_force(session, ZONE, "garage", EFFECTIVE) is None
        told = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
        postings = await postings_after(session, EFFECTIVE - timedelta(days=1))
    assert [(fact.version, fact.document) for fact in told if isinstance(fact, TariffPublished)] == [
        (1, "临发改1号"),
        (2, "临发改2号"),
    ]
    assert [fact.effective_from for fact in told if isinstance(fact, TariffNoticed)] == [EFFECTIVE]
    assert [fact.place_ids for fact in told if isinstance(fact, SignRequested)] == [SEGMENTS, SEGMENTS]
    assert [(one.table.version, one.start, one.end) for one in postings] == [
        (1, OPENING, EFFECTIVE),
        (2, EFFECTIVE, None),
    ]


async def test_table_comes_back_as_it_was_when_it_is_kept(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        assert (await version_of(session, "street", 1)).table == table()
        assert [(found.table.version, found.state) for found in await versions(session)] == [(1, "published")]


async def test_one_version_is_in_force_when_two_are_published_together(database: Database) -> None:
    await build(database)

    async def one() -> None:
        async with database.transaction() as session:
            await published(session, await dearer(session))

    results = await asyncio.gather(one(), one(), return_exceptions=True)
    (refusal,) = [result for result in results if result is not None]
    assert isinstance(refusal, ConflictError)
    assert refusal.code == "rate_version_planned"
    assert await half_hour(database, EFFECTIVE) == 200


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rate_table SET body = '{}'",
        "UPDATE rate_table SET effective_from = effective_from - interval '1 day'",
        "UPDATE rate_table SET state = 'draft'",
        "DELETE FROM rate_table",
        "DELETE FROM rate_assignment",
        "UPDATE rate_assignment SET version = 1, valid = '[2020-01-01,)'",
        "UPDATE rate_assignment SET await_signs = FALSE",
        "UPDATE sign_task SET confirmed_at = confirmed_at - interval '1 day'",
        "DELETE FROM sign_task",
        "UPDATE rate_audit SET reason = 'another'",
        "DELETE FROM rate_audit",
    ],
)
async def test_database_refuses_when_what_was_written_is_changed(database: Database, statement: str) -> None:
    await build(database)
    with pytest.raises(DBAPIError, match="never changes"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_database_refuses_when_a_draft_is_edited_in_place(database: Database) -> None:
    await build(database, adopted=False)
    async with database.transaction() as session:
        await draft(session, table(), price_document_id="doc-1", prepared_by="li", at=OPENING)
    with pytest.raises(DBAPIError, match="never changes"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE rate_table SET body = '{}'"))


async def test_database_refuses_when_two_versions_would_hold_at_once(database: Database) -> None:
    await build(database)
    with pytest.raises(DBAPIError, match="ex_rate_assignment_overlap"):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO rate_assignment (zone_id, kind, valid, rate_table_id, version, await_signs)"
                    " VALUES ('Z1', 'kerb', '[2026-02-01,2026-02-02)', 'street', 1, FALSE)"
                )
            )
