"""From measured hours to a price on the street: nothing by one person alone, nothing beyond the document."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.events.tariff import TariffProposed, TariffPublished
from pricing.proposals import repository, service
from pricing.proposals.model import ProposalDecidedError, TwoPersonsError
from pricing.proposals.policy import ReviewPolicy
from pricing.proposals.service import NothingToProposeError
from pricing.quotes.service import fix_fee
from pricing.rates.repository import versions
from pricing.rates.service import rate_in_force
from tests.pricing import kerb_city
from tests.pricing.kerb_city import LINZI, at
from tests.pricing.proposals import reviewed_city
from tests.pricing.proposals.reviewed_city import LIMITS, NOW, approved, proposed, published

pytestmark = pytest.mark.service
TOMORROW = at("07:00", days=1)


async def day_price(database: Database, instant: object) -> int:
    async with database.transaction() as session:
        table = await rate_in_force(session, "Z1", "kerb", instant)  # type: ignore[arg-type]
    assert table is not None
    return next(line.unit_price for one in table.collections for line in one.lines if line.rule_id == "day-I")


@pytest.mark.parametrize(("occupancy", "unit"), [(0.95, 200), (0.7, 150), (0.45, 100), (0.1, 50)])
async def test_the_price_moves_by_ticks_of_the_document_when_the_zone_is_full_or_empty(
    database: Database, occupancy: float, unit: int
) -> None:
    await reviewed_city.build(database, occupancy)
    proposal = await proposed(database)
    (cell,) = proposal.cells
    assert (cell.zone_id, cell.kind, cell.band, cell.rule_id) == ("Z1", "kerb", "07:00-19:00", "day-I")
    assert cell.price_now == 300
    assert cell.unit_price_proposed == unit
    assert cell.hours == 28 * 12
    assert cell.occupancy == pytest.approx(occupancy, abs=0.001)
    assert cell.full_share == (1.0 if occupancy >= 0.9 else 0.0)


async def test_nothing_changes_before_its_instant_when_two_persons_publish(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await approved(database, await proposed(database), TOMORROW)
    assert await day_price(database, TOMORROW) == 150
    done = await published(database, proposal)
    assert done.state == "published"
    assert [(version.rate_table_id, version.zone_ids) for version in done.published_versions] == [
        ("linzi-kerb", ("Z1",))
    ]
    assert await day_price(database, TOMORROW - timedelta(microseconds=1)) == 150
    assert await day_price(database, TOMORROW) == 200
    async with database.transaction() as session:
        kept = await repository.find(session, proposal.proposal_id)
        events = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
    assert (kept.prepared_by, kept.approved_by) == ("li", "wang")
    assert kept.published_versions == done.published_versions
    assert [fact.proposal_id for fact in events if isinstance(fact, TariffProposed)] == [proposal.proposal_id]
    assert TOMORROW in [fact.effective_from for fact in events if isinstance(fact, TariffPublished)]


async def test_the_other_lines_stay_when_one_price_moves(database: Database) -> None:
    await reviewed_city.build(database)
    await published(database, await approved(database, await proposed(database), TOMORROW))
    async with database.transaction() as session:
        table = await rate_in_force(session, "Z1", "kerb", TOMORROW)
    assert table is not None
    (collection,) = (one for one in LINZI.collections if one.eligibility.area_classes == {"I"})
    lines = tuple(replace(line, unit_price=200) if line.rule_id == "day-I" else line for line in collection.lines)
    expected = replace(LINZI, version=2, legal=table.legal, collections=(replace(collection, lines=lines),))
    assert table == expected


async def test_it_is_refused_when_one_person_prepares_and_approves(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await proposed(database)
    with pytest.raises(TwoPersonsError):
        await approved(database, proposal, TOMORROW, by="li")
    async with database.transaction() as session:
        with pytest.raises(DBAPIError, match="ck_tariff_proposal_two_persons"):
            await session.execute(
                text(
                    "UPDATE tariff_proposal SET state = 'approved', approved_by = prepared_by,"
                    " approved_at = now(), effective_from = now()"
                )
            )
        await session.rollback()


async def test_nobody_approves_when_nobody_took_on_what_the_schedule_proposed(database: Database) -> None:
    await reviewed_city.build(database)
    async with database.transaction() as session:
        proposal = await service.propose_when_due(session, at=NOW)
    assert proposal is not None
    with pytest.raises(TwoPersonsError):
        await approved(database, proposal, TOMORROW)
    async with database.transaction() as session:
        await service.take_on(session, proposal.proposal_id, by="li")
    with pytest.raises(TwoPersonsError):
        await approved(database, proposal, TOMORROW, by="li")
    assert (await approved(database, proposal, TOMORROW)).state == "approved"


async def test_the_schedule_waits_four_weeks_when_there_is_a_proposal(database: Database) -> None:
    await reviewed_city.build(database)
    async with database.transaction() as session:
        assert await service.propose_when_due(session, at=NOW) is not None
        assert await service.propose_when_due(session, at=NOW + timedelta(days=27)) is None


async def test_the_schedule_is_silent_when_there_is_no_history(database: Database) -> None:
    await kerb_city.build(database)
    async with database.transaction() as session:
        assert await service.propose_when_due(session, at=NOW) is None


async def test_a_decision_is_not_taken_back_when_it_was_published(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await published(database, await approved(database, await proposed(database), TOMORROW))
    key = proposal.proposal_id
    async with database.transaction() as session:
        for step in (
            service.publish(session, key, by="li", at=NOW),
            service.approve(session, key, by="wang", effective_from=TOMORROW, at=NOW),
            service.reject(session, key, by="li", because="no", at=NOW),
            service.take_on(session, key, by="li"),
        ):
            with pytest.raises(ProposalDecidedError):
                await step


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tariff_proposal_cell SET price_proposed = 9900",
        "UPDATE tariff_proposal SET prepared_by = 'zhao'",
        "UPDATE tariff_proposal SET state = 'published'",
        "DELETE FROM tariff_proposal_cell",
        "DELETE FROM tariff_proposal",
        "UPDATE price_limit SET highest = 9900",
    ],
)
async def test_the_database_refuses_when_the_record_is_changed_by_hand(database: Database, statement: str) -> None:
    await reviewed_city.build(database)
    await proposed(database)
    async with database.transaction() as session:
        with pytest.raises(DBAPIError):
            await session.execute(text(statement))
        await session.rollback()


async def test_it_is_outdated_when_another_version_is_in_force_by_then(database: Database) -> None:
    await reviewed_city.build(database)
    first, second = await proposed(database), await proposed(database)
    await published(database, await approved(database, first, TOMORROW))
    later = await approved(database, second, TOMORROW + timedelta(days=1))
    with pytest.raises(ParkingError) as refusal:
        await published(database, later)
    assert refusal.value.code == "proposal_outdated"
    assert await day_price(database, TOMORROW + timedelta(days=2)) == 200


async def test_nothing_is_published_when_no_price_moves(database: Database) -> None:
    await reviewed_city.build(database, 0.7)
    proposal = await approved(database, await proposed(database), TOMORROW)
    with pytest.raises(ParkingError) as refusal:
        await published(database, proposal)
    assert refusal.value.code == "nothing_moves"


async def test_it_is_refused_when_the_instant_has_passed(database: Database) -> None:
    await reviewed_city.build(database)
    with pytest.raises(ParkingError) as refusal:
        await approved(database, await proposed(database), NOW - timedelta(seconds=1))
    assert refusal.value.code == "effective_in_past"
    proposal = await approved(database, await proposed(database), TOMORROW)
    with pytest.raises(ParkingError) as late:
        await published(database, proposal, now=TOMORROW + timedelta(hours=1))
    assert late.value.code == "effective_in_past"


async def test_the_ceiling_holds_when_the_rule_wishes_more(database: Database) -> None:
    await reviewed_city.build(
        database, limits=tuple(replace(limit, highest=max(limit.lowest, 150)) for limit in LIMITS)
    )
    (cell,) = (await proposed(database)).cells
    assert cell.price_proposed == 300
    assert cell.binding == ("document_ceiling",)


async def test_the_price_stays_when_the_zone_is_frozen(database: Database) -> None:
    await reviewed_city.build(database)
    async with database.transaction() as session:
        proposal = await service.propose(
            session, at=NOW, prepared_by="li", policy=ReviewPolicy(frozen=frozenset({"Z1"}))
        )
    assert [cell.binding for cell in proposal.cells] == [("frozen",)]
    assert not proposal.cells[0].moves


async def test_the_reason_is_said_when_nothing_can_be_judged(database: Database) -> None:
    await reviewed_city.build(database, limits=())
    with pytest.raises(NothingToProposeError) as refusal:
        await proposed(database)
    assert refusal.value.fields == {"skipped": [{"zone": "Z1", "kind": "kerb", "reason": "price_not_in_document"}]}
    with pytest.raises(NothingToProposeError) as later:
        await proposed(database, now=NOW + timedelta(weeks=4))
    assert later.value.code == "nothing_to_propose"


async def test_a_page_ends_and_goes_on_when_there_are_more_proposals(database: Database) -> None:
    await reviewed_city.build(database)
    made = [(await proposed(database, now=NOW + timedelta(minutes=minute))).proposal_id for minute in range(3)]
    async with database.transaction() as session:
        first = await repository.page(session, state=None, after=None, limit=2, district_id=None)
        rest = await repository.page(
            session, state="proposed", after=first[-1].proposal_id, limit=2, district_id="370305"
        )
        elsewhere = await repository.page(session, state=None, after=None, limit=2, district_id="370303")
    assert [proposal.proposal_id for proposal in (*first, *rest)] == made[::-1]
    assert elsewhere == []


async def test_a_running_stay_keeps_its_tariff_when_a_new_one_begins(database: Database) -> None:
    """Two hours less the free half hour: three units of the version in force at entry."""
    await reviewed_city.build(database)
    change = at("10:00", days=1)
    await published(database, await approved(database, await proposed(database), change))
    async with database.transaction() as session:
        before = await kerb_city.stay(session, at("09:00", days=1), at("11:00", days=1))
        after = await kerb_city.stay(session, change, at("12:00", days=1), space_id="S2")
        fees = [(await fix_fee(session, stay, at=at("13:00", days=1))).fee.amount.amount for stay in (before, after)]
    assert fees == [3 * 150, 3 * 200]


async def test_one_decision_counts_when_two_publish_at_once(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await approved(database, await proposed(database), TOMORROW)
    results = await asyncio.gather(
        *(published(database, proposal, by=name) for name in ("li", "wang")), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Proposal", "ProposalDecidedError"]
    async with database.transaction() as session:
        assert len(await versions(session)) == 2
