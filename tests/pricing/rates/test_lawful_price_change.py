"""Scenario B of the reference: a lawful price change, exactly, through the services on real PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from parking.db.unit_of_work import Database
from parking.domain.errors import InvalidInputError, ParkingError
from pricing.fees.calculator import price
from pricing.fees.model import Stay
from pricing.rates import signs
from pricing.rates.lifecycle import approve, give_notice, publish, review, submit
from pricing.validation.validator import refuse_unsound
from tests.pricing.rates.priced_street import EFFECTIVE, NOTICED, SEGMENTS, build, dearer, noticed, rate_at, zibo

pytestmark = pytest.mark.service


async def half_hour(database: Database, segment: str, wall: str) -> int:
    async with database.transaction() as session:
        found = await rate_at(session, segment, zibo(wall))
        assert not isinstance(found, str)
        return found.table.collections[0].lines[0].unit_price


async def fee(database: Database, start: str, end: str) -> int:
    async with database.transaction() as session:
        found = await rate_at(session, SEGMENTS[0], zibo(start))
        assert not isinstance(found, str)
        stay = Stay(start=zibo(start), end=zibo(end), area_class="I", kind="kerb")
        return price(found.table, stay).amount.amount


async def refuse_beyond_the_document(database: Database) -> None:
    """The document says 1.50 and floats by a fifth on a tick of 0.50: 2.00 is beyond it."""
    async with database.transaction() as session:
        beyond = await dearer(session, document="doc-1")
    with pytest.raises(ParkingError) as refusal:
        async with database.transaction() as session:
            await submit(session, "street", beyond, by="li", at=zibo("2026-02-11T09:00"), refuse_unsound=refuse_unsound)
    told = {key: refusal.value.fields[key] for key in ("rule", "price", "highest")}
    assert (refusal.value.code, told) == ("price_beyond_document", {"rule": "day", "price": 200, "highest": 180})


async def give_the_notice(session: AsyncSession, version: int, effective_from: datetime) -> None:
    await give_notice(
        session,
        "street",
        version,
        by="li",
        at=zibo("2026-02-11T11:00"),
        noticed_on=NOTICED,
        reference="区政府网站",
        effective_from=effective_from,
    )


async def publish_under_the_new_document(database: Database) -> int:
    """It says 2.00. Seven working days after the notice of 11 February end with the 27th."""
    async with database.transaction() as session:
        version = await dearer(session)
        await submit(session, "street", version, by="li", at=zibo("2026-02-11T09:00"), refuse_unsound=refuse_unsound)
        await review(session, "street", version, by="sun", at=zibo("2026-02-11T10:00"), opinion="符合", lawful=True)
    for early in ("2026-02-21", "2026-02-27"):
        with pytest.raises(InvalidInputError) as short:
            async with database.transaction() as session:
                await give_the_notice(session, version, zibo(f"{early}T00:00"))
        assert (short.value.code, short.value.fields["earliest"]) == ("notice_too_short", "2026-02-28T00:00:00+08:00")
    async with database.transaction() as session:
        await give_the_notice(session, version, EFFECTIVE)
        await approve(session, "street", version, by="wang", at=zibo("2026-02-12T09:00"))
        await publish(session, "street", version, by="li", at=zibo("2026-02-12T10:00"))
    return version


async def test_price_changes_on_the_street_as_the_law_lets_it(database: Database) -> None:
    await build(database)
    await refuse_beyond_the_document(database)
    version = await publish_under_the_new_document(database)

    # 38 of the 40 signs are confirmed: 37 before the day, one in the middle of it.
    async with database.transaction() as session:
        waiting = await signs.waiting_tasks(session, zibo("2026-02-12T10:00"))
        assert [task.place_id for task in waiting] == list(SEGMENTS)
        for task in waiting[:37]:
            await signs.confirm(session, task.task_id, by="zhao", at=zibo("2026-02-27T15:00"), photo_reference="photo")
        await signs.confirm(session, waiting[37].task_id, by="zhao", at=zibo("2026-02-28T11:00"))

    assert await half_hour(database, SEGMENTS[0], "2026-02-27T23:50") == 150
    assert await half_hour(database, SEGMENTS[0], "2026-02-28T00:00") == 200
    assert await half_hour(database, SEGMENTS[37], "2026-02-28T10:59") == 150
    assert await half_hour(database, SEGMENTS[37], "2026-02-28T11:00") == 200
    assert [await half_hour(database, segment, "2026-03-02T10:00") for segment in SEGMENTS] == [200] * 38 + [150] * 2
    # A night for 4.00 and three half hours: begun before midnight at the prices before, begun after it at the new ones.
    assert await fee(database, "2026-02-27T23:50", "2026-02-28T08:10") == 400 + 3 * 150
    assert await fee(database, "2026-02-28T00:00", "2026-02-28T08:10") == 400 + 3 * 200
    async with database.transaction() as session:
        behind = await signs.exceptions(session, zibo("2026-02-28T12:00"))
    assert [(one.place_id, one.version, one.since) for one in behind] == [
        (segment, version, EFFECTIVE) for segment in SEGMENTS[38:]
    ]
    assert [one.keeps.version for one in behind if one.keeps is not None] == [1, 1]


async def test_second_notice_moves_the_date_and_asks_for_the_second_person_anew(database: Database) -> None:
    await build(database)
    async with database.transaction() as session:
        version = await dearer(session)
        await noticed(session, version)
        await approve(session, "street", version, by="wang", at=zibo("2026-02-12T09:00"))
        later = EFFECTIVE + timedelta(days=30)
        again = await give_notice(
            session,
            "street",
            version,
            by="li",
            at=zibo("2026-02-24T09:00"),
            noticed_on=zibo("2026-02-24T09:00").date(),
            reference="区政府网站",
            effective_from=later,
        )
        assert (again.state, again.approved_by, again.effective_from) == ("noticed", None, later)
    with pytest.raises(ParkingError) as refusal:
        async with database.transaction() as session:
            await publish(session, "street", version, by="li", at=zibo("2026-02-24T10:00"))
    assert refusal.value.code == "rate_step_refused"
