"""After a proposal: edited on record, judged by what came of it, taken back by the same two persons."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from parking.bus.codec import decode, fact_of
from parking.bus.tables import OutboxRow
from parking.db.unit_of_work import Database
from parking.domain.errors import ParkingError
from parking.events.tariff import TariffEffectJudged
from parking.occupancy.hour_rows import copy_hours
from pricing.proposals import checks, editing, going_back, repository, service, watch
from pricing.proposals.model import Edit, Proposal, ProposalChangedError, TwoPersonsError
from tests.pricing import kerb_city
from tests.pricing.kerb_city import at
from tests.pricing.proposals import reviewed_city
from tests.pricing.proposals.reviewed_city import NOW, approved, proposed, published

pytestmark = pytest.mark.service
TOMORROW: Final = at("07:00", days=1)
JUDGED: Final = TOMORROW + service.REVIEW_EVERY + watch.SETTLED_AFTER
FROZEN: Final = Edit(zone_id="Z1", kind="kerb", day_type="all", band="07:00-19:00", unit_price=None)
DEARER: Final = Edit(zone_id="Z1", kind="kerb", day_type="all", band="07:00-19:00", unit_price=200)


async def in_force(database: Database) -> Proposal:
    return await published(database, await approved(database, await proposed(database), TOMORROW))


async def measured(database: Database, occupancy: float, *, end: datetime = JUDGED, days: int = 28) -> None:
    async with database.transaction() as session:
        await copy_hours(session, reviewed_city.hours(occupancy, end=end, days=days))


async def test_a_further_revision_stands_when_a_person_edits(database: Database) -> None:
    await reviewed_city.build(database)
    first = await proposed(database, by=None)
    async with database.transaction() as session:
        shown = await editing.preview(session, first.proposal_id, edits=[FROZEN], at=NOW)
        assert (await repository.find(session, first.proposal_id)).revision == 1
        done = await editing.edit(session, first.proposal_id, edits=[FROZEN], by="li", reason="a school", at=NOW)
        kept = await repository.find(session, first.proposal_id)
    assert [cell.moves for cell in first.cells] == [True]
    assert shown.cells == done.cells == kept.cells
    assert [cell.moves for cell in kept.cells] == [False]
    assert (kept.revision, kept.prepared_by) == (2, "li")
    assert [(one.number, one.made_by, one.reason, one.edits) for one in kept.revisions] == [
        (1, None, None, ()),
        (2, "li", "a school", (FROZEN,)),
    ]
    assert kept.revisions[1].comparison == done.revisions[1].comparison is not None
    with pytest.raises(TwoPersonsError):
        await approved(database, kept, TOMORROW, by="li")
    async with database.transaction() as session:
        with pytest.raises(ProposalChangedError):
            await service.approve(
                session, kept.proposal_id, by="wang", effective_from=TOMORROW, at=NOW, revision=first.revision
            )
        back = await editing.edit(session, kept.proposal_id, edits=[DEARER], by="li", reason="after all", at=NOW)
        assert [cell.unit_price_proposed for cell in back.cells] == [200]
        with pytest.raises(ParkingError) as taken:
            await editing.edit(session, kept.proposal_id, edits=[], by="zhao", reason="mine", at=NOW)
    assert taken.value.code == "proposal_taken"
    agreed = await approved(database, kept, TOMORROW)
    assert agreed.revision == 3
    async with database.transaction() as session:
        with pytest.raises(ParkingError) as decided:
            await editing.preview(session, kept.proposal_id, edits=[], at=NOW)
    assert decided.value.code == "proposal_state"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tariff_proposal_revision SET reason = 'none'",
        "DELETE FROM tariff_proposal_revision",
        "UPDATE tariff_proposal SET revision = 3",
        "UPDATE tariff_proposal SET question = NULL",
        "UPDATE tariff_proposal SET method = 'optimizer', because = 'better'",
    ],
)
async def test_the_database_refuses_when_a_revision_is_changed_by_hand(database: Database, statement: str) -> None:
    await reviewed_city.build(database)
    await proposed(database)
    async with database.transaction() as session:
        with pytest.raises(DBAPIError):
            await session.execute(text(statement))
        await session.rollback()


async def test_a_published_price_is_judged_once_when_its_period_has_passed(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await in_force(database)
    await measured(database, 0.7)
    async with database.transaction() as session:
        assert await watch.check(session, proposal, at=TOMORROW) is None
        early = await watch.check(session, proposal, at=TOMORROW + timedelta(days=10))
        assert await watch.check_due(session, at=JUDGED - timedelta(minutes=1)) == []
        (done,) = await watch.check_due(session, at=JUDGED)
        assert await watch.check_due(session, at=JUDGED) == []
        kept = await checks.kept(session, proposal.proposal_id)
        assert await checks.standing(session) == {"too_early": 1}
    async with database.transaction() as session:
        facts = [fact_of(decode(event)) for event in await session.scalars(select(OutboxRow.event))]
    assert early is not None
    assert (early.is_over, early.verdict) == (False, "too_early")
    assert kept == done
    assert (done.since, done.until) == (TOMORROW, TOMORROW + service.REVIEW_EVERY)
    (cell,) = done.cells
    assert (cell.price_before, cell.price_after) == (300, 400)
    assert (cell.occupancy_before, cell.occupancy_after) == pytest.approx((0.95, 0.7), abs=0.001)
    assert (done.judgement.in_band_before, done.judgement.in_band_now) == (0.0, 1.0)
    assert [fact.proposal_id for fact in facts if isinstance(fact, TariffEffectJudged)] == [proposal.proposal_id]


async def test_nothing_is_measured_when_the_period_was_not_seen(database: Database) -> None:
    await reviewed_city.build(database)
    await in_force(database)
    async with database.transaction() as session:
        (done,) = await watch.check_due(session, at=JUDGED)
    assert [cell.occupancy_after for cell in done.cells] == [None]
    assert done.verdict == "too_early"


async def test_the_former_prices_come_back_by_two_persons_when_it_is_taken_back(database: Database) -> None:
    await reviewed_city.build(database)
    first = await in_force(database)
    later = TOMORROW + timedelta(days=20)
    await measured(database, 0.5, end=later, days=20)
    async with database.transaction() as session:
        with pytest.raises(ParkingError) as early:
            await going_back.go_back(session, first.proposal_id, by="li", reason="too dear", at=NOW)
        back = await going_back.go_back(session, first.proposal_id, by="li", reason="too dear", at=later)
        with pytest.raises(ParkingError) as not_solved:
            await editing.preview(session, back.proposal_id, edits=[FROZEN], at=later)
    assert early.value.code == "proposal_outdated"
    assert not_solved.value.code == "proposal_not_editable"
    assert (back.method, back.because, back.takes_back) == ("go_back", "taken_back", first.proposal_id)
    (cell,) = back.cells
    assert (cell.price_now, cell.price_proposed) == (400, 300)
    assert cell.occupancy == pytest.approx(0.5, abs=0.001)
    assert cell.expected_low <= cell.expected_occupancy <= cell.expected_high
    with pytest.raises(TwoPersonsError):
        await approved(database, back, later + timedelta(days=1), by="li", now=later)
    agreed = await approved(database, back, later + timedelta(days=1), now=later)
    done = await published(database, agreed, now=later)
    async with database.transaction() as session:
        assert await repository.find(session, back.proposal_id) == done
        first_check = await watch.check(session, first, at=later + timedelta(days=40))
        with pytest.raises(ParkingError) as twice:
            await going_back.go_back(session, first.proposal_id, by="li", reason="again", at=later + timedelta(days=2))
    assert first_check is not None
    assert (first_check.until, first_check.is_over) == (later.replace(minute=0) + timedelta(days=1), True)
    assert twice.value.code == "proposal_outdated"


async def test_the_schedule_waits_for_a_person_when_an_alarm_stands(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await in_force(database)
    await measured(database, 0.95)
    async with database.transaction() as session:
        (done,) = await watch.check_due(session, at=JUDGED)
        assert not await checks.is_waiting(session, ["Z1"])
        await session.execute(text("ALTER TABLE tariff_proposal_check DISABLE TRIGGER never_changes"))
        await session.execute(text("UPDATE tariff_proposal_check SET verdict = 'no_detectable_response'"))
        await session.execute(text("ALTER TABLE tariff_proposal_check ENABLE TRIGGER never_changes"))
        assert await checks.is_waiting(session, ["Z1"])
        assert await checks.standing(session) == {"no_detectable_response": 1}
        assert await service.propose_when_due(session, at=JUDGED) is None
        by_hand = await service.propose(session, at=JUDGED + timedelta(hours=1), prepared_by="li")
        assert not await checks.is_waiting(session, ["Z1"])
    assert done.proposal_id == proposal.proposal_id != by_hand.proposal_id


async def test_the_schedule_leaves_a_zone_alone_when_a_person_had_it_reviewed(database: Database) -> None:
    await reviewed_city.build(database)
    async with database.transaction() as session:
        by_hand = await service.propose(session, at=NOW, prepared_by="li", zone_ids=["Z1"])
        assert await repository.zones_unreviewed(session, ["Z1"], NOW - service.REVIEW_EVERY) == []
        assert await repository.scheduled_at(session, ["Z1", "Z2"]) is None
        assert await service.propose_when_due(session, at=NOW) is None
        await service.reject(session, by_hand.proposal_id, by="wang", because="no", at=NOW)
        by_itself = await service.propose_when_due(session, at=NOW)
        assert await repository.scheduled_at(session, ["Z1", "Z2"]) == NOW
    assert by_itself is not None
    assert by_itself.zone_ids == ("Z1",)


async def test_two_prices_are_not_judged_as_one_when_somebody_changes_the_price_by_hand(database: Database) -> None:
    """What is measured of a proposal ends at that instant, and the next review reads only what came after it."""
    await reviewed_city.build(database)
    proposal = await in_force(database)
    by_hand = TOMORROW + timedelta(days=14)
    cheaper = replace(
        reviewed_city.UNNOTICED,
        collections=tuple(
            replace(
                one,
                lines=tuple(replace(line, unit_price=100) if line.rule_id == "day-I" else line for line in one.lines),
            )
            for one in reviewed_city.UNNOTICED.collections
        ),
    )
    async with database.transaction() as session:
        await kerb_city.put_in_force(session, cheaper, by_hand)
    await measured(database, 0.95, end=by_hand, days=14)
    await measured(database, 0.5, end=by_hand + timedelta(days=21), days=21)
    async with database.transaction() as session:
        found = await watch.check(session, proposal, at=JUDGED)
        with pytest.raises(service.NothingToProposeError) as young:
            await service.propose(session, at=by_hand + timedelta(days=13), prepared_by="li")
        (cell,) = (await service.propose(session, at=by_hand + timedelta(days=21), prepared_by="li")).cells
    assert found is not None
    assert (found.until, found.is_over) == (by_hand, True)
    assert [one.occupancy_after for one in found.cells] == [pytest.approx(0.95, abs=0.001)]
    assert young.value.fields["skipped"] == [{"zone": "Z1", "kind": "kerb", "reason": "price_too_new"}]
    assert (cell.price_now, cell.hours) == (200, 21 * 12)
    assert cell.occupancy == pytest.approx(0.5, abs=0.001)
