"""Which device watches which space: no two at once, and the database is the judge."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, NotFoundError
from parking.domain.time_span import TimeSpan
from parking.places.repository import NewBinding, bind, bind_many, bindings, unbind
from parking.places.service import import_collection, remove_zone
from tests.parking.places.features import collection, small_city

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def city(database: Database) -> Database:
    async with database.transaction() as session:
        await import_collection(session, collection(*small_city()), at=START)
    return database


async def test_binding_is_listed_with_its_zone_when_it_was_made(city: Database) -> None:
    async with city.transaction() as session:
        made = await bind(session, "dev-1", "K1", START)
        assert (made.device_id, made.space_id, made.zone_id, made.district_id) == ("dev-1", "K1", "Z1", "D1")
        assert made.valid == TimeSpan(START)
        assert await bindings(session, TimeSpan(START)) == [made]
        assert await bindings(session, TimeSpan(START), device_ids=["dev-2"]) == []
        assert await bindings(session, TimeSpan(START - HOUR, START)) == []


async def test_device_is_refused_when_it_is_bound_already_and_the_transaction_goes_on(city: Database) -> None:
    async with city.transaction() as session:
        await bind(session, "dev-1", "K1", START)
        for start in (START, START - HOUR, START + HOUR):
            with pytest.raises(ConflictError) as caught:
                await bind(session, "dev-1", "K2", start)
            assert caught.value.code == "device_already_bound"
        await bind(session, "dev-2", "K1", START)
    async with city.transaction() as session:
        assert len(await bindings(session, TimeSpan(START))) == 2


async def test_one_of_two_wins_when_they_bind_a_device_at_once(city: Database) -> None:
    async def attempt(space_id: str) -> str:
        try:
            async with city.transaction() as session:
                return (await bind(session, "dev-1", space_id, START)).space_id
        except ConflictError as error:
            return error.code

    outcomes = await asyncio.gather(*(attempt(space_id) for space_id in ("K1", "K2", "G1")))
    assert sorted(outcome == "device_already_bound" for outcome in outcomes) == [False, True, True]


async def test_space_is_unknown_when_it_never_was_or_was_removed(city: Database) -> None:
    async with city.transaction() as session:
        await bind(session, "dev-1", "K1", START)
        await remove_zone(session, "Z1", at=START)
        for space_id in ("K1", "K9"):
            with pytest.raises(NotFoundError) as caught:
                await bind(session, "dev-2", space_id, START)
            assert caught.value.code == "space_unknown"
        assert await bindings(session, TimeSpan(START)) == []


async def test_device_may_watch_another_space_when_it_was_unbound(city: Database) -> None:
    async with city.transaction() as session:
        await bind(session, "dev-1", "K1", START)
        ended = await unbind(session, "dev-1", START + HOUR)
        assert (ended.space_id, ended.valid) == ("K1", TimeSpan(START))
        await bind(session, "dev-1", "K2", START + HOUR)
        found = await bindings(session, TimeSpan(START), device_ids=["dev-1"])
        assert [(one.space_id, one.valid.start, one.valid.end) for one in found] == [
            ("K1", START, START + HOUR),
            ("K2", START + HOUR, None),
        ]
        assert [one.space_id for one in await bindings(session, TimeSpan(START + HOUR))] == ["K2"]


async def test_binding_never_was_when_it_ends_as_it_begins(city: Database) -> None:
    async with city.transaction() as session:
        await bind(session, "dev-1", "K1", START)
        await unbind(session, "dev-1", START)
        assert await bindings(session, TimeSpan(START - HOUR)) == []
        with pytest.raises(NotFoundError) as caught:
            await unbind(session, "dev-1", START)
        assert caught.value.code == "device_not_bound"


async def test_good_wishes_pass_when_others_of_the_same_call_do_not(city: Database) -> None:
    wishes = [
        NewBinding("dev-1", "K1", START),
        NewBinding("dev-2", "K9", START),
        NewBinding("dev-1", "K2", START),
        NewBinding("dev-1", "K1", START),
        NewBinding("dev-3", "K2", START),
    ]
    async with city.transaction() as session:
        refused = await bind_many(session, wishes)
        assert {index: error.code for index, error in refused.items()} == {
            1: "space_unknown",
            2: "device_already_bound",
            3: "device_already_bound",
        }
        assert [one.device_id for one in await bindings(session, TimeSpan(START))] == ["dev-1", "dev-3"]
        assert await bind_many(session, []) == {}
