"""A stay that was billed turns out to have been two: nobody pays for the time between, and nothing changes in silence."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.clock import to_micros
from parking.domain.money import Money
from parking.events.envelope import wrap
from parking.events.session import SessionRevised
from parking.events.space import SpaceEvidenceReordered
from parking.occupancy.copy_form import observation_rows
from parking.occupancy.evidence import Observation
from parking.occupancy.history_rows import judged
from parking.occupancy.model import ChangeBatch
from parking.occupancy.partitions import ensure_partitions
from parking.occupancy.repository import copy_rows
from parking.privacy.vault import PlateVault
from parking.sessions import service as sessions
from parking.sessions.consumer import SessionTracker
from parking.sessions.model import ParkingSession
from pricing.quotes.service import issued_fee
from pricing.settlement import service, waivers
from pricing.settlement.consumer import StaySettler
from pricing.settlement.model import PaymentWish
from tests.parking.sessions.evidence import NINE, minute
from tests.pricing.settlement.test_ended_stays import drained, run, watched

pytestmark = pytest.mark.service
VAULT = PlateVault.from_setting("k" * 32)
SPENT = [("occupied", 0), ("free", 110)]
LATE = [("free", 40), ("occupied", 75)]


def frame(status: str, at: int) -> Observation:
    seen = to_micros(minute(at))
    return Observation("device-S1", "S1", "Z1", "change", status, seen, seen, 7200)  # type: ignore[arg-type]


async def keep(session: AsyncSession, story: list[tuple[str, int]], letters: bytes, entry: str) -> None:
    batch = ChangeBatch(0, [], [], [(entry, letters)])
    frames = {entry: [frame(status, at) for status, at in story]}
    await ensure_partitions(session, [NINE.date().replace(day=1)])
    await copy_rows(session, [observation_rows(judged(0, batch, frames))], [])


async def billed(database: Database) -> ParkingSession:
    """One long stay, claimed ten minutes after it began, with its fee."""
    sensor = await watched(database)
    await run(database, sensor.reads("occupied", NINE))
    async with database.transaction() as session:
        (stay,) = await sessions.listed(session, space_id="S1")
        plate = await VAULT.seal(session, "鲁C88123", NINE)
        await sessions.claim(session, stay.session_id, plate=plate, source="app", now=minute(10))
        await keep(session, SPENT, b"aa", "1-1")
    await run(database, sensor.reads("free", minute(110)))
    async with database.transaction() as session:
        await service.open_bill(session, stay.session_id)
    await drained(database)
    return stay


async def corrected(database: Database) -> list[ParkingSession]:
    """What the late frames make of it, each event twice; oldest first."""
    async with database.transaction() as session:
        await keep(session, LATE, b"ll", "2-1")
    tracker, fees = SessionTracker(database, lambda: minute(600)), StaySettler(database, lambda: minute(600))
    late = SpaceEvidenceReordered(space_id="S1", zone_id="Z1", evidence_from=minute(40))
    for _ in range(2):
        await tracker.handle(wrap(late, event_id="late", source="test", time=NINE))
    for event in await drained(database):
        if event.type.startswith("parking.session."):
            await fees.handle(event)
            await fees.handle(event)
    async with database.transaction() as session:
        return sorted(await sessions.listed(session, space_id="S1"), key=lambda stay: stay.started_at)


async def test_waiver_is_proposed_when_an_unpaid_stay_turns_out_to_be_two(database: Database) -> None:
    stay = await billed(database)
    first, second = await corrected(database)
    assert (first.session_id, first.started_at, first.ended_at) == (stay.session_id, minute(1), minute(39))
    assert (second.started_at, second.ended_at, second.plate_token) == (minute(76), minute(109), None)
    assert (first.plate_token is not None, first.claimed_at) == (True, minute(10))
    async with database.transaction() as session:
        fee = await issued_fee(session, stay.session_id)
        (waiver,) = await waivers.listed(session, district_id=None, payee=None, undecided=True)
        written = (await session.execute(text("SELECT was, became, is_applied FROM session_revision"))).all()
    assert fee is not None
    assert 0 < waiver.amount <= fee.amount.amount
    assert (waiver.session_id, waiver.proposed_by) == (stay.session_id, "system")
    ((was, became, is_applied),) = written
    assert is_applied
    assert was["ended_at"] > became["ended_at"]


async def test_case_is_opened_when_the_stay_was_paid_before(database: Database) -> None:
    stay = await billed(database)
    async with database.transaction() as session:
        bill = await service.open_bill(session, stay.session_id)
        wish = PaymentWish(
            session_id=stay.session_id,
            amount=Money(bill.left, bill.currency),
            method="test",
            paid_at=minute(120),
            taken_by="provider:test",
            provider_reference="r1",
        )
        await service.pay(session, wish)
    await drained(database)
    await corrected(database)
    async with database.transaction() as session:
        assert await waivers.listed(session, district_id=None, payee=None, undecided=True) == []
        ((kind, session_id, words),) = await session.execute(text("SELECT kind, session_id, words FROM case_file"))
        after = await service.bill_of(session, stay.session_id)
    assert (kind, session_id) == ("contradicted", stay.session_id)
    assert "shorter stay" in words
    assert after.left == 0


async def test_persons_word_stands_and_is_told_once_when_a_person_had_ended_the_stay(database: Database) -> None:
    sensor = await watched(database)
    await run(database, sensor.reads("occupied", NINE))
    async with database.transaction() as session:
        (stay,) = await sessions.listed(session, space_id="S1")
        await sessions.stop(
            session, stay.session_id, ended_at=minute(100), source="terminal", now=minute(100), by="T-1"
        )
        await keep(session, SPENT, b"aa", "1-1")
        await keep(session, LATE, b"ll", "2-1")
    await drained(database)
    tracker = SessionTracker(database, lambda: minute(600))
    for number in range(3):
        late = SpaceEvidenceReordered(space_id="S1", zone_id="Z1", evidence_from=minute(40))
        await tracker.handle(wrap(late, event_id=f"late-{number}", source="test", time=NINE + timedelta(hours=number)))
    told = [event.type for event in await drained(database)]
    async with database.transaction() as session:
        (after,) = await sessions.listed(session, space_id="S1")
    assert after.ended_at == minute(100)
    assert told == ["parking.session.contradicted"]
    assert SessionRevised.TYPE not in told
