"""Statements past SQLAlchemy are in its transaction, see what it has not written yet, and fail as its own do."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from parking.db.outage import is_away
from parking.db.prepared import Prepared
from parking.db.unchanging import MOST, unchanging
from parking.db.unit_of_work import Database
from parking.places.tables import DistrictRow

_INSERT = Prepared("INSERT INTO district (district_id, name, name_en) VALUES ($1, $1, $1)")
_COUNT = Prepared("SELECT count(*) FROM district")
_END_ME = Prepared("SELECT pg_terminate_backend(pg_backend_pid())")


class _CalledOffError(Exception):
    pass


async def _run(database: Database, *statements: tuple[Prepared, tuple[object, ...]]) -> None:
    """In one transaction."""
    async with database.transaction() as session:
        for statement, arguments in statements:
            await statement.rows(session, *arguments)


async def _called_off(database: Database) -> None:
    async with database.transaction() as session:
        await _INSERT.rows(session, "first")
        await _INSERT.rows(session, "second")
        raise _CalledOffError


async def _districts(database: Database) -> list[str]:
    async with database.transaction() as session:
        return list(await session.scalars(select(DistrictRow.district_id).order_by(DistrictRow.district_id)))


async def test_nothing_is_kept_when_the_block_raises_after_prepared_statements_alone(database: Database) -> None:
    with pytest.raises(_CalledOffError):
        await _called_off(database)
    assert await _districts(database) == []


async def test_both_kinds_of_statements_see_each_other_when_they_share_a_transaction(database: Database) -> None:
    async with database.transaction() as session:
        await _INSERT.rows(session, "driver")
        session.add(DistrictRow(district_id="orm", name="orm", name_en="orm"))
        assert await _COUNT.value(session) == 2
        await session.execute(text("INSERT INTO district (district_id, name, name_en) VALUES ('text', 't', 't')"))
        assert await _COUNT.value(session) == 3
    assert await _districts(database) == ["driver", "orm", "text"]


async def test_rows_come_in_pieces_when_there_are_more_than_anybody_should_hold(database: Database) -> None:
    numbers = Prepared("SELECT n, 12 / n FROM generate_series($1::int, 5) AS n")
    async with database.transaction() as session:
        await session.execute(text("SELECT 1"))
        pieces = [[tuple(row) for row in piece] async for piece in numbers.pieces(session, 1, size=2)]
        assert pieces == [[(1, 12), (2, 6)], [(3, 4), (4, 3)], [(5, 2)]]
        with pytest.raises(DBAPIError) as failed:
            assert [piece async for piece in numbers.pieces(session, -2, size=2)] == []
        assert not is_away(failed.value)


async def test_errors_are_those_of_sqlalchemy_when_a_prepared_statement_fails(database: Database) -> None:
    again = (_INSERT, ("D",))
    await _run(database, again)
    # SQLAlchemy itself runs the first statement of a transaction.
    for before in ((), ((_COUNT, ()),)):
        with pytest.raises(IntegrityError) as refused:
            await _run(database, *before, again)
        assert getattr(refused.value.orig, "sqlstate", None) == "23505"
        assert not is_away(refused.value)


async def test_the_database_counts_as_away_when_it_ends_the_connection(database: Database) -> None:
    with pytest.raises(DBAPIError) as lost:
        await _run(database, (_COUNT, ()), (_END_ME, ()))
    assert is_away(lost.value)
    assert await _districts(database) == []


async def test_memory_is_shared_by_transactions_and_bounded_when_much_is_remembered(database: Database) -> None:
    async with database.transaction() as session:
        unchanging(session)["one"] = 1
    async with database.transaction() as session:
        memory = unchanging(session)
        assert memory["one"] == 1
        memory.update(dict.fromkeys(range(MOST + 1), 0))
        assert unchanging(session) == {}


async def test_reading_opens_no_transaction_and_leaves_the_connection_as_it_was(database: Database) -> None:
    begun = Prepared("SELECT now()")
    async with database.transaction() as session:
        assert await begun.value(session) == await begun.value(session)
    async with database.reading() as session:
        assert await begun.value(session) < await begun.value(session)
    with pytest.raises(_CalledOffError):
        await _called_off(database)
    assert await _districts(database) == []
