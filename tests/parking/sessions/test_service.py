"""Stays that people start, claim, stop and bring in late, on a real database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError, NotFoundError
from parking.sessions import moves, repository, service
from parking.sessions.ids import new_session_id
from parking.sessions.model import Proof
from tests.parking.sessions.city import LATER, SPACE, build, hear, plate, start, stays, stop, told_types
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service


async def test_stay_of_a_sensor_is_claimed_when_a_terminal_starts_one_there(database: Database) -> None:
    tracker = await build(database)
    await hear(tracker, Sensor(SPACE).reads("occupied", NINE))
    begun = await start(database, minute(5), "鲁CD12345")
    (stay,) = await stays(database)
    assert (begun.outcome, begun.stay) == ("claimed", stay)
    assert (stay.start_source, stay.started_at, stay.energy) == ("sensor", minute(1), "nev")
    assert stay.is_attributed
    assert (await start(database, minute(6), "鲁cd·12345")).outcome == "existing"
    assert await told_types(database) == ["SessionStarted", "SessionClaimed"]


async def test_second_stay_is_refused_when_another_plate_stands_there(database: Database) -> None:
    await build(database)
    begun = await start(database, NINE, "鲁C88123")
    with pytest.raises(ConflictError) as caught:
        await start(database, minute(9), "鲁C99999")
    assert caught.value.code == "space_taken"
    assert await stays(database) == [begun.stay]


async def test_one_stay_is_made_when_many_terminals_start_at_once(database: Database) -> None:
    await build(database)
    begun = await asyncio.gather(*(start(database, minute(number), "鲁C88123") for number in range(6)))
    assert sorted(each.outcome for each in begun) == ["existing"] * 5 + ["started"]
    assert len({each.stay.session_id for each in begun}) == 1


async def test_database_refuses_a_second_open_stay_when_code_would_make_one(database: Database) -> None:
    await build(database)
    begun = await start(database, NINE)
    proof = Proof(NINE, "started", "app")
    twin = moves.begun(
        session_id="twin", space_id=SPACE, zone_id="Z1", earliest=NINE, latest=NINE, source="app", proof=proof
    )
    async with database.transaction() as session:
        with pytest.raises(IntegrityError):
            await repository.add(session, twin)
        await session.rollback()
    assert await stays(database) == [begun.stay]


async def test_plate_is_added_when_the_stay_has_none_open_or_ended(database: Database) -> None:
    await build(database)
    begun = await start(database, NINE)
    ended = await stop(database, begun.stay.session_id, minute(70))
    async with database.transaction() as session:
        own = await plate(session)
        claimed = await service.claim(session, ended.session_id, plate=own, source="attendant", now=LATER, by="A-7")
        again = await service.claim(session, ended.session_id, plate=own, source="app", now=LATER)
        assert again == claimed
        other = await plate(session, "鲁C99999")
        with pytest.raises(ConflictError) as caught:
            await service.claim(session, ended.session_id, plate=other, source="app", now=LATER)
    assert caught.value.code == "session_claimed"
    assert (claimed.state, claimed.plate_token, claimed.energy) == ("ended", own.token, "fuel")
    assert claimed.evidence[-1] == Proof(LATER, "claimed", "attendant", by="A-7")
    assert await told_types(database) == ["SessionStarted", "SessionEnded", "SessionClaimed"]


async def test_stay_ends_once_when_it_is_stopped_twice(database: Database) -> None:
    await build(database)
    begun = await start(database, NINE)
    first = await stop(database, begun.stay.session_id, minute(30))
    assert await stop(database, begun.stay.session_id, minute(90)) == first
    assert (first.ended_at, first.end_source) == (minute(30), "terminal")
    assert await told_types(database) == ["SessionStarted", "SessionEnded"]


async def test_times_are_refused_when_they_cannot_be(database: Database) -> None:
    await build(database)
    begun = await start(database, NINE)
    codes = []
    for at in (minute(-1), LATER + timedelta(hours=1)):
        with pytest.raises(InvalidInputError) as caught:
            await stop(database, begun.stay.session_id, at)
        codes.append(caught.value.code)
    with pytest.raises(InvalidInputError) as future:
        await start(database, LATER + timedelta(hours=1))
    with pytest.raises(NotFoundError) as unknown:
        await stop(database, "nothing", NINE)
    codes += [future.value.code, unknown.value.code]
    assert codes == ["ends_before_start", "ends_in_future", "starts_in_future", "session_unknown"]


async def test_space_is_refused_when_the_city_has_none_of_that_name(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        with pytest.raises(NotFoundError) as caught:
            await service.start(session, space_id="nowhere", started_at=NINE, source="app", now=LATER)
    assert caught.value.code == "space_unknown"


async def test_stay_that_the_sensor_saw_is_claimed_when_it_comes_from_an_offline_terminal(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    await hear(tracker, sensor.reads("occupied", NINE), sensor.reads("free", minute(60)))
    await hear(tracker, sensor.reads("occupied", minute(80)))
    async with database.transaction() as session:
        values = {"space_id": SPACE, "started_at": minute(2), "ended_at": minute(58), "plate": await plate(session)}
        first = await service.record(session, source="terminal", now=LATER, **values)  # type: ignore[arg-type]
        again = await service.record(session, source="terminal", now=LATER, **values)  # type: ignore[arg-type]
    seen, standing = await stays(database)
    assert (first.outcome, again.outcome, first.stay, again.stay) == ("claimed", "existing", seen, seen)
    assert not standing.is_attributed


async def test_stay_is_made_when_an_offline_terminal_brings_one_that_nobody_saw(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        begun = await service.record(
            session, space_id=SPACE, started_at=NINE, ended_at=minute(40), source="terminal", now=LATER
        )
    assert (begun.outcome, begun.stay.state, begun.stay.ended_at) == ("started", "ended", minute(40))
    assert await stays(database) == [begun.stay]
    assert await told_types(database) == ["SessionStarted", "SessionEnded"]


async def test_stay_is_ended_at_its_last_evidence_when_nothing_was_heard_for_a_day(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    await hear(tracker, sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    await hear(tracker, sensor.falls_silent(minute(20)))
    async with database.transaction() as session:
        assert await service.end_lost(session, NINE + timedelta(hours=23)) == 0
        assert await service.end_lost(session, NINE + timedelta(hours=25)) == 1
        assert await service.end_lost(session, NINE + timedelta(hours=26)) == 0
    (stay,) = await stays(database)
    assert (stay.state, stay.ended_at) == ("ended", minute(20))
    assert (await told_types(database))[-1] == "SessionEnded"


async def test_pages_hold_every_stay_once_when_listed(database: Database) -> None:
    await build(database)
    for number in range(5):
        begun = await start(database, minute(number * 10), now=LATER + timedelta(seconds=number))
        await stop(database, begun.stay.session_id, minute(number * 10 + 5))
    async with database.transaction() as session:
        first = await service.listed(session, zone_ids=["Z1"], state="ended", attributed=False, limit=3)
        second = await service.listed(session, zone_ids=["Z1"], after=first[-1].session_id, limit=3)
        assert await service.listed(session, zone_ids=["Z2"]) == []
    assert [stay.started_at for stay in (*first, *second)] == [minute(number * 10) for number in (4, 3, 2, 1, 0)]


def test_ids_sort_by_time_when_made_one_after_the_other() -> None:
    made = [new_session_id(minute(number)) for number in range(50)]
    assert made == sorted(made)
    assert {len(each) for each in made} == {26}
