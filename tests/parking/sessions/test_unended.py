"""Every way in which a stay can be left open by everybody, and what becomes of it; doubt favours the driver."""

from datetime import datetime, timedelta

import pytest

from parking.db.unit_of_work import Database
from parking.domain.errors import ConflictError, InvalidInputError
from parking.events.session import SessionContradicted
from parking.sessions import service
from parking.sessions.model import ParkingSession
from parking.sessions.unended import end_by_decision, pause_unheard
from tests.parking.sessions.city import LATER, SPACE, build, hear, plate, start, stays, told, told_types
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service
NEXT_DAY = NINE + timedelta(hours=25)
TWO_DAYS = NINE + timedelta(days=2)


async def silenced(database: Database, now: datetime = NEXT_DAY) -> ParkingSession:
    async with database.transaction() as session:
        await pause_unheard(session, now)
    (stay,) = await stays(database)
    return stay


async def lost(database: Database, now: datetime) -> ParkingSession:
    async with database.transaction() as session:
        await service.end_lost(session, now)
    return (await stays(database))[0]


async def decided(database: Database, left_at: datetime | None) -> ParkingSession:
    (stay,) = await stays(database)
    async with database.transaction() as session:
        return await end_by_decision(
            session, stay.session_id, left_at=left_at, evidence_id="E1", by="account:li", now=TWO_DAYS
        )


async def test_declared_stay_costs_nothing_past_the_last_word_when_nobody_ends_it(database: Database) -> None:
    await build(database)
    await start(database, NINE)
    async with database.transaction() as session:
        (stay,) = await service.listed(session, space_id=SPACE)
        await service.claim(session, stay.session_id, plate=await plate(session), source="app", now=minute(90))
    assert (await silenced(database, NINE + timedelta(hours=25, minutes=29))).paused_at is None
    paused = await silenced(database, NINE + timedelta(hours=25, minutes=31))
    assert (paused.state, paused.paused_at, paused.pause_reason) == ("open", minute(90), "silent")
    assert await silenced(database, TWO_DAYS) == paused
    contradicted = [fact for fact in await told(database) if isinstance(fact, SessionContradicted)]
    assert [(fact.session_id, fact.reason) for fact in contradicted] == [(paused.session_id, "stay_never_ended")]
    assert (await lost(database, TWO_DAYS + timedelta(days=20))).state == "open"
    over = await lost(database, TWO_DAYS + timedelta(days=30))
    assert (over.state, over.ended_at, over.gaps) == ("ended", minute(90), ())


async def test_stay_of_a_sensor_is_left_to_its_sensor_when_nobody_ends_it(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    await hear(tracker, sensor.reads("occupied", NINE), sensor.reads("occupied", minute(20), "restate"))
    assert (await silenced(database)).paused_at is None
    await hear(tracker, sensor.falls_silent(minute(20)))
    assert (await lost(database, NEXT_DAY)).ended_at == minute(20)


@pytest.mark.parametrize(("left", "ended"), [(None, 0), (30, 0), (-30, -30)])
async def test_person_ends_a_silenced_stay_never_to_the_drivers_cost(
    database: Database, left: int | None, ended: int
) -> None:
    await build(database)
    async with database.transaction() as session:
        await service.start(session, space_id=SPACE, started_at=minute(-60), source="terminal", now=NINE)
        (stay,) = await service.listed(session, space_id=SPACE)
        await service.claim(session, stay.session_id, plate=await plate(session), source="app", now=NINE)
    await silenced(database)
    over = await decided(database, None if left is None else minute(left))
    assert over.ended_at is not None
    charged_to = over.gaps[0].start if over.gaps else over.ended_at
    assert charged_to == minute(ended)
    assert (over.evidence[-1].by, over.evidence[-1].evidence_id) == ("account:li", "E1")
    with pytest.raises(ConflictError) as refused:
        await decided(database, None)
    assert refused.value.code == "session_ended"


@pytest.mark.parametrize(
    ("left_at", "code"),
    [(minute(-1), "ends_before_start"), (TWO_DAYS + timedelta(minutes=3), "ends_in_future")],
)
async def test_persons_word_is_refused_when_it_cannot_be(database: Database, left_at: datetime, code: str) -> None:
    await build(database)
    await start(database, NINE)
    with pytest.raises(InvalidInputError) as refused:
        await decided(database, left_at)
    assert refused.value.code == code


async def test_next_vehicle_gets_the_space_when_the_stay_before_was_left_open(database: Database) -> None:
    await build(database)
    await start(database, NINE, "鲁C88123")
    await silenced(database)
    later = NEXT_DAY + timedelta(hours=1)
    begun = await start(database, later, "鲁C99999", now=later)
    before, new = await stays(database)
    assert (begun.outcome, new.started_at) == ("started", later)
    assert (before.state, before.ended_at, before.ended_latest, before.evidence[-1].what) == (
        "ended",
        NINE,
        later,
        "superseded",
    )


async def test_vehicle_of_an_offline_terminal_gets_the_space_when_the_stay_before_was_left_open(
    database: Database,
) -> None:
    await build(database)
    await start(database, NINE, "鲁C88123")
    await silenced(database)
    async with database.transaction() as session:
        begun = await service.record(
            session,
            space_id=SPACE,
            started_at=minute(300),
            ended_at=minute(360),
            source="terminal",
            now=NEXT_DAY,
            plate=await plate(session, "鲁C99999"),
        )
    assert (begun.outcome, [stay.ended_at for stay in await stays(database)]) == ("started", [NINE, minute(360)])


async def test_sensor_that_speaks_again_ends_the_silenced_stay_and_begins_the_next(database: Database) -> None:
    tracker = await build(database)
    await start(database, NINE, "鲁C88123")
    await silenced(database)
    await hear(tracker, Sensor(SPACE).reads("occupied", NEXT_DAY))
    before, new = await stays(database)
    assert (before.state, before.ended_at, new.state, new.plate_token) == ("ended", NINE, "open", None)


async def test_sensor_that_sees_nothing_does_not_wake_a_silenced_stay(database: Database) -> None:
    tracker = await build(database)
    await start(database, NINE, "鲁C88123")
    await silenced(database)
    await hear(tracker, Sensor(SPACE).reads("free", NEXT_DAY, "restate"))
    (stay,) = await stays(database)
    assert (stay.state, stay.paused_at) == ("open", NINE)
    assert LATER < NEXT_DAY
    assert await told_types(database) == ["SessionStarted", "SessionContradicted"]
