"""From what a sensor says to the fee: both consumers behind the real outbox, on a real database."""

import asyncio

import pytest
from sqlalchemy import delete, select

from parking.bus.codec import decode
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent
from parking.events.fee import FeeIssued
from parking.events.session import SessionEnded
from parking.places.repository import bind
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from parking.sessions.consumer import SessionTracker
from parking.sessions.model import ParkingSession
from pricing.quotes.service import IssuedFee, issued_fee
from pricing.settlement.consumer import StaySettler
from tests.parking.sessions.evidence import NINE, Sensor, minute
from tests.pricing.kerb_city import build

pytestmark = pytest.mark.service
VAULT = PlateVault.from_setting("k" * 32)


async def drained(database: Database) -> list[CloudEvent]:
    """What the relay would carry to the bus, taken out of the outbox."""
    async with database.transaction() as session:
        events = [decode(each) for each in await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))]
        await session.execute(delete(OutboxRow))
    return events


async def run(database: Database, *groups: list[CloudEvent]) -> None:
    """Every event twice to each consumer, as a bus that delivers at least once may."""
    tracker, fees = SessionTracker(database, lambda: minute(600)), StaySettler(database, lambda: minute(600))
    for event in (event for group in groups for event in group):
        await tracker.handle(event)
        await tracker.handle(event)
    for event in await drained(database):
        if event.type == SessionEnded.TYPE:
            await asyncio.gather(fees.handle(event), fees.handle(event))


async def watched(database: Database) -> Sensor:
    """The city, with an accepted device on the space S1."""
    await build(database)
    async with database.transaction() as session:
        await bind(session, "device-S1", "S1", minute(-60))
    return Sensor("S1")


async def the_stay(database: Database) -> ParkingSession:
    async with database.transaction() as session:
        (stay,) = await sessions.listed(session, space_id="S1")
    return stay


async def fee_of(database: Database) -> IssuedFee:
    stay = await the_stay(database)
    async with database.transaction() as session:
        fee = await issued_fee(session, stay.session_id)
    assert fee is not None
    return fee


async def test_fee_is_issued_once_when_a_sensor_ends_a_stay(database: Database) -> None:
    sensor = await watched(database)
    await run(database, sensor.reads("occupied", NINE), sensor.reads("free", minute(70)))
    fee = await fee_of(database)
    assert (fee.amount.amount, fee.is_attributed) == (300, False)
    assert [event.type for event in await drained(database)] == [FeeIssued.TYPE]


async def test_nothing_is_owed_when_thirty_minutes_forty_seconds_were_measured(database: Database) -> None:
    sensor = await watched(database)
    await run(database, sensor.reads("occupied", NINE), sensor.reads("free", minute(30 + 40 / 60)))
    assert (await fee_of(database)).amount.amount == 0


async def test_nothing_is_owed_when_the_last_evidence_came_after_twenty_minutes(database: Database) -> None:
    sensor = await watched(database)
    seen = [*sensor.reads("occupied", NINE), *sensor.reads("occupied", minute(20), "restate")]
    await run(database, seen, sensor.falls_silent(minute(20)), sensor.reads("free", minute(400)))
    assert (await fee_of(database)).amount.amount == 0


async def test_bill_is_the_plates_when_it_was_photographed_during_the_stay(database: Database) -> None:
    sensor = await watched(database)
    await run(database, sensor.reads("occupied", minute(120)))
    stay = await the_stay(database)
    async with database.transaction() as session:
        plate = await VAULT.seal(session, "鲁C88123", minute(140))
        await sessions.claim(session, stay.session_id, plate=plate, source="attendant", now=minute(140))
    await run(database, sensor.reads("free", minute(190)))
    fee = await fee_of(database)
    assert (fee.amount.amount, fee.is_attributed) == (300, True)


async def test_stay_is_free_with_the_reason_when_its_space_was_never_approved(database: Database) -> None:
    await build(database)
    sensor = Sensor("S3")
    await run(database, sensor.reads("occupied", NINE), sensor.reads("free", minute(200)))
    async with database.transaction() as session:
        (stay,) = await sessions.listed(session, space_id="S3")
        fee = await issued_fee(session, stay.session_id)
    assert fee is not None
    assert fee.amount.amount == 0
    assert fee.reason is not None
