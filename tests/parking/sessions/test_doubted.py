"""Stays on the word of a device that is declared faulty: no time accrues from when its fault began."""

from dataclasses import replace
from datetime import datetime

import msgspec
import pytest

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.events.device import DeviceFaulted
from parking.events.envelope import CloudEvent, wrap
from parking.occupancy.engine_batch import apply_entries
from parking.occupancy.evidence import Observation
from parking.sessions.doubted import FaultTracker, doubted
from tests.parking.sessions.city import SPACE, build, hear, stays
from tests.parking.sessions.evidence import NINE, Sensor, minute
from tests.parking.sessions.followed import Ledger, charged

FAULT = DeviceFaulted(
    fault_id="F1",
    device_id="device-S1",
    space_id="S1",
    fault="stuck",
    opened_at=minute(2000),
    since=minute(30),
    distrusted=True,
    detail_zh="卡住",
    detail_en="stuck",
)


def voided(sensor: Sensor, at: datetime) -> list[CloudEvent]:
    """The engine is told that the device's word is void."""
    word = Observation(
        f"device-{sensor._space_id}",
        sensor._space_id,
        sensor._zone_id,
        "fault",
        None,
        to_micros(at),
        to_micros(at),
        7200,
        event_id="health/F1",
        trusted=False,
    )
    return sensor._told(apply_entries(sensor._shard, [("1-1", [word])], to_micros(at)))


@pytest.mark.parametrize("first", ["the fault", "the space"])
def test_stay_accrues_to_the_beginning_of_the_fault_whichever_is_heard_first(first: str) -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE))
    for at in range(100, 2000, 90):
        ledger.hears(sensor.reads("occupied", minute(at), "restate"))
    unknown = voided(sensor, minute(2001))
    if first == "the space":
        ledger.hears(unknown)
        assert (ledger.only.pause_reason, ledger.only.paused_at) == ("fault", minute(1990))
    stay = doubted(ledger.only, FAULT)
    ledger.stays[stay.session_id] = stay
    if first == "the fault":
        ledger.hears(unknown)
    assert (ledger.only.paused_at, ledger.only.pause_reason) == (minute(30), "fault")
    assert charged(ledger.only, minute(3000)).total_seconds() == 29 * 60
    assert doubted(ledger.only, FAULT) == ledger.only
    ledger.hears(sensor.reads("free", minute(3000)))
    assert (ledger.only.state, ledger.only.ended_at) == ("ended", minute(30))


def test_stay_goes_on_when_the_fault_says_nothing_against_it() -> None:
    sensor, ledger = Sensor(), Ledger()
    ledger.hears(sensor.reads("occupied", NINE))
    stay = ledger.only
    for other in (
        msgspec.structs.replace(FAULT, distrusted=False),
        msgspec.structs.replace(FAULT, device_id="camera-S1"),
    ):
        assert doubted(stay, other) == stay
    earlier = replace(stay, paused_at=minute(20), pause_reason="silent")
    assert doubted(earlier, FAULT) == earlier
    before = doubted(stay, msgspec.structs.replace(FAULT, since=minute(-300)))
    assert before.paused_at == before.started_at


@pytest.mark.service
async def test_consumer_moves_the_open_stay_once(database: Database) -> None:
    tracker, faults = await build(database), FaultTracker(database)
    await hear(tracker, Sensor(SPACE).reads("occupied", NINE))
    fact = msgspec.structs.replace(FAULT, device_id=f"device-{SPACE}", space_id=SPACE)
    event = wrap(fact, event_id="E1", source="devices.health", time=minute(2000))
    await faults.handle(event)
    await faults.handle(event)
    (stay,) = await stays(database)
    assert (stay.paused_at, stay.pause_reason, len(stay.evidence)) == (minute(30), "fault", 2)
    await faults.handle(wrap(msgspec.structs.replace(fact, space_id=None), event_id="E2", source="x", time=NINE))
    assert await stays(database) == [stay]
