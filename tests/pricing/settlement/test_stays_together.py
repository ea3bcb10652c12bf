"""Many stays in one transaction come to what each comes to by itself: fees, used free time, bills, books and events."""

from datetime import datetime

import pytest
from sqlalchemy import delete, select

from parking.bus import inbox
from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import NotFoundError
from parking.domain.money import Money
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.events.fee import FeeIssued, FeePaid
from parking.events.session import SessionClaimed, SessionEnded, SessionRevised
from pricing.quotes.service import fix_fee, issued_fee
from pricing.settlement import journal, service
from pricing.settlement.consumer import CONSUMER, StaySettler
from pricing.settlement.model import PaymentWish, Prepaid
from pricing.settlement.prepayments import keep
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at, stay
from tests.pricing.settlement.stays import claim

pytestmark = pytest.mark.service
NOW = at("20:00")
SPANS = [("08:00", "08:25"), ("09:00", "10:30"), ("14:00", "15:00"), ("16:00", "17:10")]


def event(fact: Fact, number: str) -> CloudEvent:
    return wrap(fact, event_id=number, source="test", time=NOW)


def ended(session_id: str) -> CloudEvent:
    fact = SessionEnded(
        session_id=session_id,
        space_id="S1",
        zone_id="Z1",
        started_at=NOW,
        ended_at=NOW,
        source="sensor",
        has_plate=True,
    )
    return event(fact, f"ended-{session_id}")


def claimed(session_id: str) -> CloudEvent:
    fact = SessionClaimed(session_id=session_id, space_id="S1", zone_id="Z1", claimed_at=NOW, source="attendant")
    return event(fact, f"claimed-{session_id}")


def revised(session_id: str) -> CloudEvent:
    fact = SessionRevised(
        session_id=session_id,
        space_id="S1",
        zone_id="Z1",
        evidence_from=NOW,
        revised_at=NOW,
        started_at=NOW,
        ended_at=NOW,
        was_started_at=NOW,
        was_ended_at=NOW,
        is_withdrawn=False,
    )
    return event(fact, f"revised-{session_id}")


def prepaid(session_id: str) -> Prepaid:
    return Prepaid(
        prepaid_id=f"ahead-{session_id}",
        receipt_id=f"ahead-{session_id}",
        session_id=session_id,
        balance_id=None,
        amount=Money(500),
        method="cash",
        account=None,
        drawer_id="T1",
        provider_reference=None,
        taken_by="T1",
        paid_at=at("12:00"),
    )


async def day(database: Database, token: str) -> list[str]:
    """One car's day with a daily quota, stays of nobody, where nothing was approved, of a paid bill, and of one paid ahead."""
    async with database.transaction() as session:
        spans = [(at(start), at(end)) for start, end in SPANS]
        days = [await stay(session, *span, plate_token=token, energy="nev") for span in spans]
        nobody = await stay(session, at("11:00"), at("12:10"), plate_token=None)
        unlawful = await stay(session, at("11:00"), at("12:10"), space_id="S3", plate_token=f"{token}-S3")
        paid, ahead, told = [
            await stay(session, at("11:00"), at("12:10"), plate_token=f"{token}-{n}") for n in range(3)
        ]
        bill = await service.settle(session, paid, at=NOW)
        wish = PaymentWish(
            session_id=paid, amount=Money(bill.left), method="cash", paid_at=NOW, taken_by="T1", drawer_id="T1"
        )
        await service.pay(session, wish, bill=bill)
        await fix_fee(session, told, at=NOW)
        await keep(session, prepaid(ahead))
    return [*days, nobody, unlawful, paid, ahead, told]


async def came_to(database: Database, stays: list[str]) -> list[object]:
    found: list[object] = []
    async with database.transaction() as session:
        for name in stays:
            fee, bill = await issued_fee(session, name), await service.bill_of(session, name)
            assert fee is not None
            found.append(
                (fee.amount, fee.lines, fee.reason, fee.is_attributed, bill.state, bill.is_booked, bill.in_suspense)
            )
    return found


async def told(database: Database) -> list[tuple[str, int]]:
    """Type and amount of every event of the fees since the last time."""
    async with database.transaction() as session:
        facts = [
            fact_of(decode(one)) for one in await session.scalars(select(OutboxRow.event).order_by(OutboxRow.position))
        ]
        await session.execute(delete(OutboxRow))
    return [(fact.TYPE, fact.amount) for fact in facts if isinstance(fact, FeeIssued | FeePaid)]


async def booked(database: Database) -> dict[str, int]:
    """What stands on each account that is not even."""
    async with database.transaction() as session:
        return {account: amount for (account, _), amount in (await journal.trial_balance(session)).items() if amount}


def clock() -> datetime:
    return NOW


async def test_stays_that_end_together_cost_what_each_costs_alone(database: Database) -> None:
    await kerb_city.build(database)
    settler = StaySettler(database, clock)
    alone = await day(database, "alone")
    await told(database)
    for name in alone:
        await settler.handle(ended(name))
    one_by_one, books = await told(database), await booked(database)

    together = await day(database, "together")
    await told(database)
    events = [revised(together[0]), *(claimed(name) for name in together), *(ended(name) for name in together)]
    await settler.handle_together([*events, *events[-3:]])
    await settler.handle_together(events)

    assert await came_to(database, together) == await came_to(database, alone)
    assert await told(database) == one_by_one
    assert set(books) == {"receivable/370305", "revenue/LZ", "cash/T1", "suspense"}
    assert {account: 2 * amount for account, amount in books.items()} == await booked(database)
    amounts = [fee[0].amount for fee in await came_to(database, together)]  # type: ignore[index]
    assert amounts == [0, 0, 150, 300, 300, 0, 300, 300, 300]


async def test_nothing_is_kept_of_stays_that_end_together_with_one_that_nobody_knows(database: Database) -> None:
    await kerb_city.build(database)
    settler = StaySettler(database, clock)
    async with database.transaction() as session:
        known = await stay(session, at("09:00"), at("10:30"))
    with pytest.raises(NotFoundError):
        await settler.handle_together([ended(known), ended("unknown")])
    async with database.transaction() as session:
        assert await issued_fee(session, known) is None
    await settler.handle(ended(known))
    async with database.transaction() as session:
        assert await inbox.first_time(session, CONSUMER, ended("unknown"))
        assert (await service.bill_of(session, known)).is_booked


async def test_bill_becomes_a_debt_when_its_stay_is_claimed_among_others(database: Database) -> None:
    await kerb_city.build(database)
    settler = StaySettler(database, clock)
    async with database.transaction() as session:
        over, running = (
            await stay(session, at("09:00"), at("10:30"), plate_token=None),
            await stay(session, NOW, None, space_id="S2"),
        )
    await settler.handle(ended(over))
    assert await booked(database) == {}
    async with database.transaction() as session:
        await claim(session, over)
    await settler.handle_together([claimed(running), claimed(over)])
    async with database.transaction() as session:
        assert (await service.bill_of(session, over)).state == "open"
        assert await issued_fee(session, running) is None
