"""What modules ask for stands once, or is refused on the bus, and never when the module is switched off."""

from collections.abc import Sequence

from sqlalchemy import text

from parking.bus.codec import decode, fact_of
from parking.db.unit_of_work import Database
from parking.domain.clock import Clock
from parking.events.envelope import CloudEvent, wrap
from parking.events.fact import Fact
from parking.events.restriction import RestrictionRejected, RestrictionReleased, RestrictionRevoked
from parking.plugins import service
from parking.plugins.desk import RestrictionDesk
from parking.restrictions.service import standing
from tests.parking.plugins.modules import module
from tests.parking.restrictions.small_street import T0, fill, minute, wanted

CITY = [module("m", lambda _: None)]


def event(fact: Fact, event_id: str) -> CloudEvent:
    return wrap(fact, event_id=event_id, source="city.m", time=T0)


async def held(database: Database, clock: Clock = lambda: T0) -> list[str]:
    async with database.transaction() as session:
        return [item.restriction_id for item in await standing(session, at=clock())]


async def told(database: Database) -> Sequence[Fact]:
    async with database.transaction() as session:
        return [
            fact_of(decode(row)) for row in await session.scalars(text("SELECT event FROM outbox ORDER BY position"))
        ]


async def prepared(database: Database) -> RestrictionDesk:
    await fill(database)
    async with database.transaction() as session:
        await service.standings(session, CITY, T0)
    return RestrictionDesk(database, lambda: T0)


async def test_request_stands_once_when_it_is_delivered_twice_and_ends_with_its_revocation(database: Database) -> None:
    desk = await prepared(database)
    for _ in range(2):
        await desk.handle(event(wanted("s1", requester="m"), "e1"))
    assert await held(database) == ["r1"]
    for _ in range(2):
        await desk.handle(event(RestrictionRevoked(restriction_id="r1", requester="m"), "e2"))
    assert await held(database) == []
    assert sum(isinstance(fact, RestrictionReleased) for fact in await told(database)) == 1


async def test_refusal_is_told_with_its_code_and_delays_nothing(database: Database) -> None:
    desk = await prepared(database)
    await desk.handle(event(wanted("nowhere", requester="m"), "e1"))
    await desk.handle(event(wanted("s1", requester="unknown"), "e2"))
    await desk.handle(event(RestrictionRevoked(restriction_id="never", requester="m"), "e3"))
    rejected = [fact for fact in await told(database) if isinstance(fact, RestrictionRejected)]
    assert [fact.code for fact in rejected] == ["place_unknown", "module_disabled"]


async def test_module_that_is_off_holds_nothing_and_gets_nothing(database: Database) -> None:
    desk = await prepared(database)
    await desk.handle(event(wanted("s1", requester="m"), "e1"))
    async with database.transaction() as session:
        await service.disable(session, "m", at=minute(1))
    assert await held(database) == []
    await desk.handle(event(wanted("s2", requester="m", restriction_id="r2"), "e2"))
    assert await held(database) == []
    async with database.transaction() as session:
        await service.enable(session, CITY, "m", at=minute(2))
    assert await held(database) == ["r1"]
