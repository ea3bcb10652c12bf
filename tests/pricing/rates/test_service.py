"""Versions of rate tables: in force from their instant on, frozen once published, never two at once."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError, ParkingError
from parking.events.tariff import TariffPublished
from pricing.rates.board import Board
from pricing.rates.model import RateTable
from pricing.rates.repository import postings_after, versions
from pricing.rates.service import draft, publish, rate_in_force, version_of
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, OPENING, at

pytestmark = pytest.mark.service
DEARER = replace(LINZI, lines=tuple(replace(line, unit_price=line.unit_price * 2) for line in LINZI.lines))


async def prepared(database: Database, table: RateTable = DEARER, *, document: str | None = "doc-1") -> int:
    async with database.transaction() as session:
        version = await draft(session, table, price_document_id=document, prepared_by="li", at=OPENING)
        return version.table.version


async def published(database: Database, version: int, effective_from: datetime, *, approved_by: str = "wang") -> None:
    async with database.transaction() as session:
        await publish(
            session, "linzi-kerb", version, effective_from=effective_from, approved_by=approved_by, at=OPENING
        )


async def refused(kind: type[ParkingError], work: Callable[[], Awaitable[object]]) -> str:
    with pytest.raises(kind) as refusal:
        await work()
    return refusal.value.code


async def unit_price(database: Database, instant: datetime) -> int | None:
    async with database.transaction() as session:
        table = await rate_in_force(session, "Z1", "kerb", instant)
        return None if table is None else table.lines[0].unit_price


async def test_nothing_changes_before_the_instant_when_a_version_is_published(database: Database) -> None:
    await kerb_city.build(database)
    await published(database, await prepared(database), at("10:00"))
    assert await unit_price(database, at("10:00") - timedelta(microseconds=1)) == 150
    assert await unit_price(database, at("10:00")) == 300
    assert await unit_price(database, OPENING - timedelta(seconds=1)) is None
    async with database.transaction() as session:
        assert await rate_in_force(session, "Z1", "garage", at("10:00")) is None
        told = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
        board = Board(await postings_after(session, at("09:00")))
    facts = [fact for fact in told if isinstance(fact, TariffPublished)]
    assert [(fact.version, fact.zone_ids, fact.document) for fact in facts] == [
        (1, ("Z1",), "临发改1号"),
        (2, ("Z1",), "临发改1号"),
    ]
    assert [posting.table.version for posting in board.posted("Z1", at("09:00"))] == [1]
    assert [(posting.table.version, posting.start) for posting in board.coming("Z1", at("09:00"))] == [(2, at("10:00"))]


async def test_table_comes_back_as_it_was_when_it_is_kept(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        assert (await version_of(session, "linzi-kerb", 1)).table == LINZI
        assert [(found.table.version, found.state) for found in await versions(session)] == [(1, "published")]


async def test_publication_is_refused_when_one_person_does_both(database: Database) -> None:
    await kerb_city.build(database)
    number = await prepared(database)
    code = await refused(ConflictError, lambda: published(database, number, at("10:00"), approved_by="li"))
    assert code == "two_persons_needed"
    with pytest.raises(DBAPIError, match="two_persons"):
        async with database.transaction() as session:
            await session.execute(text("UPDATE rate_table SET approved_by = prepared_by WHERE version = 2"))


async def test_publication_is_refused_by_name_when_it_cannot_be_lawful(database: Database) -> None:
    await kerb_city.build(database)
    number = await prepared(database)
    past = OPENING - timedelta(seconds=1)
    assert await refused(InvalidInputError, lambda: published(database, number, past)) == "effective_in_past"
    unlawful = await prepared(database, document=None)
    code = await refused(InvalidInputError, lambda: published(database, unlawful, at("10:00")))
    assert code == "document_not_in_force"
    async with database.transaction() as session:
        await session.execute(text("UPDATE price_document SET valid_to = '2026-02-01+08'"))
    code = await refused(InvalidInputError, lambda: published(database, number, at("10:00")))
    assert code == "document_not_in_force"
    assert await refused(NotFoundError, lambda: published(database, 99, at("10:00"))) == "rate_version_unknown"
    nowhere = replace(LINZI, lines=tuple(replace(line, area_class="III") for line in LINZI.lines))
    async with database.transaction() as session:
        await session.execute(text("UPDATE price_document SET valid_to = NULL"))
    number = await prepared(database, nowhere)
    assert await refused(InvalidInputError, lambda: published(database, number, at("10:00"))) == "rates_apply_nowhere"
    assert await unit_price(database, at("10:00")) == 150


async def test_publication_is_refused_when_a_version_is_published_or_planned_already(database: Database) -> None:
    await kerb_city.build(database)
    first, second = await prepared(database), await prepared(database)
    await published(database, first, at("10:00"))
    code = await refused(ConflictError, lambda: published(database, first, at("12:00")))
    assert code == "rate_version_published"
    assert await refused(ConflictError, lambda: published(database, second, at("09:00"))) == "rate_version_planned"
    await published(database, second, at("12:00"))
    assert await unit_price(database, at("11:59:59")) == 300


async def test_one_version_is_in_force_when_two_are_published_together(database: Database) -> None:
    await kerb_city.build(database)
    numbers = [await prepared(database), await prepared(database)]
    results = await asyncio.gather(
        *(published(database, number, at("10:00")) for number in numbers), return_exceptions=True
    )
    assert [type(result) for result in results].count(ConflictError) == 1
    assert await unit_price(database, at("10:00")) == 300


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE rate_table SET body = '{}'",
        "DELETE FROM rate_table",
        "DELETE FROM rate_assignment",
        "UPDATE rate_assignment SET version = 1, zone_id = 'Z1', valid = '[2020-01-01,)'",
    ],
)
async def test_database_refuses_when_a_published_version_is_changed(database: Database, statement: str) -> None:
    await kerb_city.build(database)
    with pytest.raises(DBAPIError, match="never changes"):
        async with database.transaction() as session:
            await session.execute(text(statement))


async def test_database_refuses_when_two_versions_would_hold_at_once(database: Database) -> None:
    await kerb_city.build(database)
    with pytest.raises(DBAPIError, match="ex_rate_assignment_overlap"):
        async with database.transaction() as session:
            await session.execute(
                text(
                    "INSERT INTO rate_assignment (zone_id, kind, valid, rate_table_id, version)"
                    " VALUES ('Z1', 'kerb', '[2026-02-01,2026-02-02)', 'linzi-kerb', 1)"
                )
            )
