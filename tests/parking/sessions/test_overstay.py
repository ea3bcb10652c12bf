"""Stays longer than their place allows are suspected once, and only on evidence."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from parking.db.unit_of_work import Database
from parking.places.service import export_features, import_collection
from parking.sessions import service
from parking.sessions.correction import forget_movement
from parking.sessions.overstay import suspect
from parking.sessions.pictures import attach
from parking.sessions.tables import OverstayRow
from tests.parking.places.features import Json, collection, kerb_space, segment, zone
from tests.parking.sessions.city import LATER, SPACE, build, hear, plate, start, stays, stop
from tests.parking.sessions.evidence import NINE, Sensor, minute

pytestmark = pytest.mark.service


async def allow(database: Database, *places: Json) -> None:
    """Bring places with a longest stay in, and find them in the inventory as they are."""
    async with database.transaction() as session:
        report = await import_collection(session, collection(*places), at=NINE)
        assert (report.errors, sum(report.updated.values())) == ((), len(places))
        again = [found async for found in export_features(session)]
        report = await import_collection(session, collection(*again), at=NINE)
        assert report.updated == {}


def longest(minutes: int) -> Json:
    return {"longest_stay_minutes": minutes}


async def suspected(database: Database, minutes: float) -> int:
    async with database.transaction() as session:
        return await suspect(session, minute(minutes))


async def test_stay_of_a_sensor_is_suspected_once_beyond_the_nearest_longest_stay(database: Database) -> None:
    tracker = await build(database)
    await hear(tracker, Sensor(SPACE).reads("occupied", NINE))
    assert await suspected(database, 10_000) == 0
    here, there, everywhere = kerb_space(SPACE, **longest(90)), segment("S1", **longest(60)), zone("Z1", **longest(30))
    await allow(database, here, there, everywhere)
    # The stay begins a minute late, as a sensor's time may be off by so much.
    assert [await suspected(database, at) for at in (61.5, 91, 91.1, 200)] == [0, 0, 1, 0]
    (stay,) = await stays(database)
    await stop(database, stay.session_id, LATER)
    async with database.transaction() as session:
        row = (await session.execute(select(OverstayRow.longest_minutes, OverstayRow.suspected_at))).one()
        assert tuple(row) == (90, minute(91.1))
        await forget_movement(session, [stay.session_id])
        assert await session.scalar(select(func.count()).select_from(OverstayRow)) == 0


async def test_nothing_is_suspected_when_no_evidence_shows_the_vehicle_there(database: Database) -> None:
    tracker = await build(database)
    await allow(database, zone("Z1", **longest(60)))
    declared = (await start(database, NINE, "鲁C88123")).stay
    assert await suspected(database, 120) == 0
    async with database.transaction() as session:
        await attach(session, declared.session_id, "E1", taken_at=minute(59), source="attendant", by="account:wang")
    assert await suspected(database, 120) == 0
    async with database.transaction() as session:
        await attach(session, declared.session_id, "E2", taken_at=minute(61), source="attendant", by="account:wang")
    assert await suspected(database, 120) == 1
    sensor = Sensor("K2")
    await hear(tracker, sensor.reads("occupied", NINE), sensor.falls_silent(NINE))
    assert await suspected(database, 600) == 0


async def test_permit_that_holds_there_allows_longer(database: Database) -> None:
    tracker = await build(database)
    await allow(database, zone("Z1", **longest(60)))
    await hear(tracker, Sensor(SPACE).reads("occupied", NINE))
    (stay,) = await stays(database)
    async with database.transaction() as session:
        own = await plate(session)
        await service.claim(session, stay.session_id, plate=own, source="app", now=NINE)
        grant = text(
            "INSERT INTO permit (permit_id, kind, plate_token, zone_ids, facility_ids, valid, granted_by, granted_at)"
            " VALUES ('P1', 'resident', :token, ARRAY['Z1'], ARRAY[]::text[], tstzrange(:start, :end), 'x', :start)"
        )
        await session.execute(grant, {"token": own.token, "start": NINE, "end": NINE + timedelta(hours=3)})
    assert await suspected(database, 120) == 0
    assert await suspected(database, 181) == 1
