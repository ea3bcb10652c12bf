"""The consumer `sessions` on a real database: once per event, nothing half done, whatever is delivered again."""

import asyncio

import pytest

from parking.bus.codec import fact_of
from parking.bus.local import LocalBus
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent, wrap
from parking.events.session import SessionContradicted, SessionEnded, SessionStarted
from parking.sessions import service
from tests.parking.bus.listening import eventually
from tests.parking.sessions.city import LATER, SPACE, build, hear, plate, start, stays, told, told_types
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service
OTHER = "K2"


def wrapped_anew(event: CloudEvent) -> CloudEvent:
    return wrap(fact_of(event), event_id=f"again-{event.id}", source=event.source, time=event.time)


async def test_stay_is_told_once_when_every_event_is_delivered_again(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    events = [*sensor.reads("occupied", NINE), *sensor.reads("free", minute(72))]
    await hear(tracker, events, events, events[:1], events)
    (stay,) = await stays(database)
    started, ended = await told(database)
    assert isinstance(started, SessionStarted)
    assert isinstance(ended, SessionEnded)
    assert (started.started_at, started.has_plate) == (minute(1), False)
    assert (ended.session_id, ended.ended_at) == (stay.session_id, minute(71))


async def test_nothing_is_half_done_when_the_consumer_is_killed_at_any_moment(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    events = [
        *sensor.reads("occupied", NINE),
        *sensor.reads("occupied", minute(60), "restate"),
        *sensor.falls_silent(minute(60)),
        *sensor.reads("occupied", minute(400)),
        *sensor.reads("free", minute(460)),
    ]
    for event in events:
        for turns in range(0, 60, 3):
            killed = asyncio.ensure_future(tracker.handle(event))
            for _ in range(turns):
                await asyncio.sleep(0)
            killed.cancel()
            await asyncio.gather(killed, return_exceptions=True)
        await tracker.handle(event)
    before, after = await stays(database)
    assert (before.ended_at, after.started_at, after.ended_at) == (minute(60), minute(401), minute(459))
    assert await told_types(database) == ["SessionStarted", "SessionEnded", "SessionStarted", "SessionEnded"]


async def test_stays_are_the_same_when_changes_are_heard_together(database: Database) -> None:
    tracker = await build(database)
    alone, together = Sensor(SPACE, run="alone"), Sensor(OTHER, run="together")
    one_by_one, batch = (
        [
            *sensor.reads("occupied", NINE),
            *sensor.reads("occupied", minute(60), "restate"),
            *sensor.falls_silent(minute(60)),
            *sensor.reads("occupied", minute(400)),
            *sensor.reads("free", minute(460)),
            *sensor.reads("occupied", minute(500)),
        ]
        for sensor in (alone, together)
    )
    await hear(tracker, one_by_one)
    # One stay is there before, others begin and end in between, and some events come again.
    await tracker.handle(batch[0])
    await tracker.handle_together([*batch, *batch[1:3]])
    await tracker.handle_together(batch)
    async with database.transaction() as session:
        found = sorted(await service.listed(session, space_id=OTHER), key=lambda stay: stay.started_at)
    expected = await stays(database)
    edges = [(stay.state, stay.started_at, stay.ended_at, stay.paused_at, stay.gaps) for stay in expected]
    assert [(stay.state, stay.started_at, stay.ended_at, stay.paused_at, stay.gaps) for stay in found] == edges
    assert [edge[0] for edge in edges] == ["ended", "ended", "open"]
    facts = await told(database)
    spaces = [type(fact).__name__ for fact in facts if getattr(fact, "space_id", "") == SPACE]
    assert [type(fact).__name__ for fact in facts if getattr(fact, "space_id", "") == OTHER] == spaces
    assert len(spaces) == 5


async def test_declared_stay_is_joined_when_its_sensor_speaks_later(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    begun = await start(database, NINE, "鲁C88123")
    await hear(tracker, sensor.reads("occupied", minute(2)), sensor.reads("free", minute(45)))
    (stay,) = await stays(database)
    assert stay.session_id == begun.stay.session_id
    assert (stay.started_earliest, stay.started_at, stay.ended_at) == (NINE, minute(3), minute(44))
    assert [proof.what for proof in stay.evidence] == ["started", "joined", "ended"]


async def test_declared_stay_accrues_on_when_its_sensor_was_never_heard(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    sensor.reads("free", minute(-5))
    await start(database, NINE, "鲁C88123")
    await hear(tracker, sensor.falls_silent(minute(-5)))
    (stay,) = await stays(database)
    assert (stay.state, stay.paused_at) == ("open", None)


async def test_plate_is_kept_when_sensors_and_people_move_the_stay_at_once(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    for number in range(0, 600, 60):
        await hear(tracker, sensor.reads("occupied", minute(number)))
        (stay,) = [each for each in await stays(database) if each.state == "open"]
        leaves = sensor.reads("free", minute(number + 30))

        async def claim(session_id: str = stay.session_id) -> None:
            async with database.transaction() as session:
                own = await plate(session)
                await service.claim(session, session_id, plate=own, source="app", now=LATER)

        await asyncio.gather(claim(), hear(tracker, leaves))
    found = await stays(database)
    assert len(found) == 10
    assert all(stay.is_attributed and stay.state == "ended" for stay in found)


async def test_stay_begins_once_when_two_restatements_tell_of_a_lost_change(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    events = [*sensor.reads("occupied", NINE, "restate"), *sensor.reads("occupied", minute(60), "restate")]
    await hear(tracker, events, sensor.reads("free", minute(80)))
    (stay,) = await stays(database)
    assert (stay.started_at, stay.ended_at) == (minute(1), minute(79))
    # A live store that began anew is told its past again, and tells it again under other names.
    again = Sensor(SPACE)
    for kind in ("restate", "change"):
        await hear(tracker, [wrapped_anew(event) for event in again.reads("occupied", NINE, kind)])
    assert await stays(database) == [stay]


async def test_contradiction_is_told_when_the_sensor_finds_a_declared_stay_empty(database: Database) -> None:
    tracker = await build(database)
    sensor = Sensor(SPACE)
    sensor.reads("occupied", minute(-30))
    begun = await start(database, NINE, "鲁C88123")
    await hear(tracker, sensor.reads("free", minute(20), "restate"), sensor.reads("free", minute(40), "restate"))
    (stay,) = await stays(database)
    assert stay == begun.stay
    _, fact = await told(database)
    assert isinstance(fact, SessionContradicted)
    assert (fact.session_id, fact.reason) == (stay.session_id, "vacant_with_session")


async def test_stays_follow_each_other_when_events_come_over_the_bus(database: Database) -> None:
    tracker = await build(database)
    sensor, bus = Sensor(SPACE), LocalBus()
    for number in range(8):
        await bus.publish(sensor.reads("occupied", minute(number * 20)))
        await bus.publish(sensor.reads("free", minute(number * 20 + 10)))
    handled = 0

    async def handle_and_count(event: object) -> None:
        nonlocal handled
        await tracker.handle(event)  # type: ignore[arg-type]
        handled += 1

    subscription = type(tracker.subscription)(
        consumer="sessions", types=tracker.subscription.types, handler=handle_and_count
    )
    members = [asyncio.ensure_future(bus.run(subscription)) for _ in range(2)]
    await eventually(lambda: handled == 16)
    for member in members:
        member.cancel()
    await asyncio.gather(*members, return_exceptions=True)
    found = await stays(database)
    assert [(stay.started_at, stay.ended_at) for stay in found] == [
        (minute(number * 20 + 1), minute(number * 20 + 9)) for number in range(8)
    ]
