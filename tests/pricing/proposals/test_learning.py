"""A city lets half of its moves wait by lot, measures both halves, and its next review believes what that showed."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from parking.db.unit_of_work import Database
from pricing.demand import repository as estimates
from pricing.demand.prior import PRIOR
from pricing.demand.repository import KeptEstimate
from pricing.optimizer.model import Earlier
from pricing.proposals import editing, learning, lotteries, reporting, repository, service, watch
from pricing.proposals.model import Edit, Lottery, Proposal
from pricing.proposals.question import from_record
from tests.pricing.kerb_city import at
from tests.pricing.proposals import lottery_city, reviewed_city
from tests.pricing.proposals.lottery_city import BY_LOT, ZONES, mood
from tests.pricing.proposals.reviewed_city import NOW, approved, published

pytestmark = pytest.mark.service
TOMORROW = at("07:00", days=1)
JUDGED = TOMORROW + timedelta(days=28, hours=9)
FIRST_DAY = NOW - timedelta(days=57)


async def made_by_lot(database: Database) -> tuple[Proposal, Lottery]:
    """After eight weeks at one price."""
    await lottery_city.build(database)
    flat = dict.fromkeys(ZONES, 300)
    await lottery_city.pass_days(database, FIRST_DAY, 29, flat, mood(1))
    await lottery_city.pass_days(database, FIRST_DAY + timedelta(days=29), 29, flat, mood(2))
    async with database.transaction() as session:
        proposal = await service.propose(session, at=NOW, prepared_by="li", policy=BY_LOT)
        kept = await repository.find(session, proposal.proposal_id)
    assert proposal.lottery is not None
    assert (kept.lottery, kept.cells) == (proposal.lottery, proposal.cells)
    return proposal, proposal.lottery


async def judged(database: Database, proposal: Proposal, lottery: Lottery) -> KeptEstimate:
    """After four weeks under the mixed prices."""
    await published(database, await approved(database, proposal, TOMORROW))
    prices = {cell.zone_id: cell.price_proposed for cell in proposal.cells}
    await lottery_city.pass_days(database, TOMORROW, 29, prices, mood(3))
    async with database.transaction() as session:
        assert await lotteries.waiting(session, NOW) == frozenset()
        assert await lotteries.waiting(session, TOMORROW) == lottery.waiting
        (check,) = await watch.check_due(session, at=JUDGED)
        found = await learning.estimate_due(session, at=JUDGED)
        assert await learning.estimate_due(session, at=JUDGED + timedelta(days=1)) is None
        assert found is not None
        assert await estimates.newest(session, by=JUDGED) == [found]
        with pytest.raises(DBAPIError, match="an estimate stays"):
            async with session.begin_nested():
                await session.execute(text("UPDATE pricing_demand_estimate SET why = 'experiment'"))
    assert (found.proposals, found.judged_until) == ((proposal.proposal_id,), check.checked_at)
    return found


async def test_what_a_lottery_showed_is_estimated_once_and_believed_by_the_next_review(database: Database) -> None:
    proposal, lottery = await made_by_lot(database)
    assert (len(lottery.waiting), len(lottery.moving)) == (15, 15)
    assert {cell.zone_id for cell in proposal.cells if cell.moves} == lottery.moving
    assert {cell.binding for cell in proposal.cells if cell.zone_id in lottery.waiting} == {("staggered",)}
    one = min(lottery.waiting)
    edit = Edit(zone_id=one, kind="kerb", day_type="all", band="07:00-19:00", unit_price=200)
    async with database.transaction() as session:
        edited = await editing.preview(session, proposal.proposal_id, edits=[edit], at=NOW)
        assert await estimates.newest(session, by=NOW) == []
        assert await learning.estimate_due(session, at=NOW) is None
    assert edited.lottery == lottery
    assert {cell.zone_id for cell in edited.cells if cell.moves} == lottery.moving | {one}
    found = (await judged(database, proposal, lottery)).estimate
    assert (found.why, found.source, found.waves) == ("experiment", "experiment", 1)
    assert found.placebo is not None
    assert found.pre_trend is not None
    assert found.placebo.passes
    assert found.pre_trend.passes
    assert found.shown is not None
    assert abs(found.shown.own - lottery_city.RESPONSE) < 3.0 * found.shown.own_error < 0.3
    (group,) = found.groups
    assert (group.area_class, group.band, group.own.zones) == ("I", "kerb 07:00-19:00", 30)
    async with database.transaction() as session:
        following = await service.propose(session, at=JUDGED, prepared_by="li", policy=BY_LOT)
        record = await repository.question_of(session, following.proposal_id)
        told, before = [await reporting.report_of(session, one, {}) for one in (following, proposal)]
    # Each page tells what was known when its prices were proposed.
    assert (told.currency, told.estimate, before.estimate) == ("CNY", found, None)
    assert record is not None
    assert {cell.response for cell in from_record(record).cells} == {group.own.response}
    # So is what each price was, and how full its places, in the review before.
    past = {cell.zone_id: (Earlier(cell.price_now, cell.occupancy),) for cell in proposal.cells}
    assert {cell.zone_id: cell.earlier for cell in from_record(record).cells} == past
    assert all("response is an estimate" in cell.reason for cell in following.cells)
    assert following.lottery is not None
    assert not (following.lottery.waiting | following.lottery.moving) & lottery.waiting


async def test_the_prior_stands_and_says_why_when_no_lottery_was_held(database: Database) -> None:
    await reviewed_city.build(database)
    proposal = await reviewed_city.proposed(database)
    await published(database, await approved(database, proposal, TOMORROW))
    async with database.transaction() as session:
        await watch.check_due(session, at=JUDGED)
        found = await learning.estimate_due(session, at=JUDGED)
    assert found is not None
    assert (found.estimate.why, found.estimate.source, found.proposals) == ("not_randomised", "prior", ())
    assert [one.own.response for one in found.estimate.groups] == [PRIOR]
