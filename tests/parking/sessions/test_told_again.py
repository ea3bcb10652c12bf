"""Changes that are published again, because the live store was lost and what was kept is taken in again, begin no second stay."""

from collections.abc import Callable

import pytest

from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.sessions.model import ParkingSession
from tests.parking.sessions.city import SPACE, build, hear, stays, stop, told_types
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service
Life = Callable[[Sensor], list[list[CloudEvent]]]


def what_counts(stay: ParkingSession) -> tuple[object, ...]:
    gaps = [(gap.start, gap.end) for gap in stay.gaps if gap.start < gap.end]
    return stay.session_id, stay.state, stay.started_at, stay.ended_at, stay.paused_at, gaps


def _came_and_went(sensor: Sensor) -> list[list[CloudEvent]]:
    return [
        sensor.reads("free", minute(-5)),
        sensor.reads("occupied", NINE),
        sensor.reads("occupied", minute(30), "restate"),
        sensor.reads("free", minute(60)),
        sensor.reads("occupied", minute(60.3)),
        sensor.reads("free", minute(80)),
    ]


def _is_there_still(sensor: Sensor) -> list[list[CloudEvent]]:
    return [
        *_came_and_went(sensor),
        sensor.reads("occupied", minute(90)),
        sensor.reads("occupied", minute(100), "restate"),
    ]


def _was_silent_for_a_while(sensor: Sensor) -> list[list[CloudEvent]]:
    return [
        sensor.reads("occupied", NINE),
        sensor.falls_silent(NINE),
        sensor.reads("occupied", minute(200), "restate"),
        sensor.reads("occupied", minute(210), "restate"),
    ]


@pytest.mark.parametrize("life", [_came_and_went, _is_there_still, _was_silent_for_a_while])
async def test_stays_are_what_they_were_when_everything_is_told_again(database: Database, life: Life) -> None:
    tracker = await build(database)
    await hear(tracker, *life(Sensor(SPACE)))
    before, told = await stays(database), await told_types(database)
    # Another life of the engine: it knows nothing, and gives its changes ids of their own.
    again = Sensor(SPACE, run="again")
    await hear(tracker, again.begins(minute(300)), *life(again))
    assert [what_counts(stay) for stay in await stays(database)] == [what_counts(stay) for stay in before]
    assert await told_types(database) == told


async def test_stay_that_a_person_ended_is_not_begun_again(database: Database) -> None:
    tracker = await build(database)
    await hear(tracker, Sensor(SPACE).reads("occupied", NINE))
    (stay,) = await stays(database)
    await stop(database, stay.session_id, minute(40))
    await hear(tracker, Sensor(SPACE, run="again").reads("occupied", NINE))
    assert len(await stays(database)) == 1
    await hear(tracker, Sensor(SPACE, run="next").reads("occupied", minute(41)))
    assert len(await stays(database)) == 2
