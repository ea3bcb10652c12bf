"""Bills open when their stay ends, and become debts by the event of their claim; each delivery acts once."""

import pytest

from parking.bus import inbox
from parking.db.unit_of_work import Database
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.events.session import SessionClaimed, SessionEnded
from pricing.settlement import journal, service
from pricing.settlement.consumer import CONSUMER, StaySettler
from tests.pricing.settlement.ledger_in_memory import AT
from tests.pricing.settlement.stays import add_fee, claim, make_places

pytestmark = pytest.mark.service
ENDED = SessionEnded(
    session_id="s1", space_id="space-s1", zone_id="Z", started_at=AT, ended_at=AT, source="sensor", has_plate=False
)
CLAIMED = SessionClaimed(session_id="s1", space_id="space-s1", zone_id="Z", claimed_at=AT, source="attendant")


def event(fact: Fact, number: int) -> CloudEvent:
    return wrap(fact, event_id=str(number), source="test", time=AT)


async def receivable(database: Database) -> int:
    async with database.transaction() as session:
        return await journal.balance(session, "receivable/D", "CNY")


async def test_bill_is_opened_and_owed_once_when_events_come_twice(database: Database) -> None:
    await make_places(database)
    opener = StaySettler(database, lambda: AT)
    async with database.transaction() as session:
        await add_fee(session, "s1", 300, has_plate=False)
    for _ in range(2):
        await opener.handle(event(ENDED, 1))
    async with database.transaction() as session:
        assert (await service.bill_of(session, "s1")).state == "unattributed"
        await claim(session, "s1")
    assert await receivable(database) == 0
    for _ in range(2):
        await opener.handle(event(CLAIMED, 2))
    assert await receivable(database) == 300
    async with database.transaction() as session:
        assert not await inbox.first_time(session, CONSUMER, event(CLAIMED, 2))


async def test_claim_of_a_running_stay_waits_for_its_fee(database: Database) -> None:
    await make_places(database)
    await StaySettler(database, lambda: AT).handle(event(CLAIMED, 1))
    assert await receivable(database) == 0
