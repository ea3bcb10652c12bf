"""Whether what was published did what was expected of it: measured over the review period that follows, judged, and told once.

Everything follows from what is kept, so that a worker which was down meanwhile judges the same span later with the same result.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.bus import outbox
from parking.events.tariff import TariffEffectJudged
from parking.occupancy.rollup import STAYS_REVISED
from parking.places.model import PlaceKind
from parking.places.repository.changes import announce
from parking.places.tables import ZoneRow
from pricing.demand.measured import Demand, demand_in, hours_in, measure
from pricing.evaluation.monitor import Expected, Period, judge
from pricing.proposals import checks, repository
from pricing.proposals.checks import CHECKS_CHANNEL, Check, WatchedCell
from pricing.proposals.model import SOURCE, CellKey, Proposal, ProposalCell
from pricing.proposals.policy import ReviewPolicy
from pricing.proposals.price_spans import changes_after, whole_hour
from pricing.proposals.service import REVIEW_EVERY
from pricing.rates import service as rates
from pricing.rates.model import Posting
from pricing.rates.repository import postings_after

SETTLED_AFTER: Final = STAYS_REVISED + timedelta(hours=1)
"""The last hour of a span is not judged before late history can no longer change it."""
LEAST_SHARE: Final = 0.5
"""Of the band's hours in the span that must have been measured, and of the space-time in them that must have been known."""
UPDATES_BEFORE: Final = 11
"""Earlier proposals that are looked at as well: a year of reviews."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")
_KEY: Final = 0x57415443


async def check(session: AsyncSession, proposal: Proposal, *, at: datetime) -> Check | None:
    """As far as it can be said now; None before the first whole hour under the new prices. Nothing is written."""
    proposal.must_be("published")
    began = proposal.effective_from or at
    since = whole_hour(began, up=True)
    others = await repository.published(session, at)
    until = min(since + REVIEW_EVERY, whole_hour(at, up=False), *await _ends(session, proposal, began))
    if until <= since:
        return None
    after = await _measured(session, proposal, since, until)
    start = proposal.period_start
    earlier = await _measured(session, proposal, start - (proposal.period_end - start), start)
    periods = [
        *_periods_before(proposal, [one for one in others if _is_earlier(one, proposal, began)][:UPDATES_BEFORE]),
        Period(
            prices=[cell.price_proposed for cell in proposal.cells],
            occupancies=[None if one is None else one.occupancy for one in after],
            full_shares=[None if one is None else one.full_share for one in after],
        ),
    ]
    return Check(
        proposal_id=proposal.proposal_id,
        checked_at=at,
        since=since,
        until=until,
        is_over=until < whole_hour(at, up=False) or until - since >= REVIEW_EVERY,
        judgement=judge(
            periods,
            [cell.spaces for cell in proposal.cells],
            _expected(proposal),
            zones=[cell.zone_id for cell in proposal.cells],
        ),
        cells=tuple(_watched(*row) for row in zip(proposal.cells, after, earlier, strict=True)),
    )


def judged_at(proposal: Proposal) -> datetime | None:
    """When the schedule judges it; None of what is not published."""
    if proposal.state != "published" or proposal.effective_from is None:
        return None
    return proposal.effective_from + REVIEW_EVERY + SETTLED_AFTER


async def check_due(session: AsyncSession, *, at: datetime) -> list[Check]:
    """For the schedule: judge, once, every proposal whose review period has passed, oldest first, and tell of it."""
    await session.execute(_ONE_AT_A_TIME, {"key": _KEY})
    due = await checks.due(session, at - REVIEW_EVERY - SETTLED_AFTER)
    done = [found for proposal_id in due if (found := await _settled(session, proposal_id, at)) is not None]
    if done:
        await announce(session, CHECKS_CHANNEL, "checked")
    return done


async def _settled(session: AsyncSession, proposal_id: str, at: datetime) -> Check | None:
    """None where other prices came within the same hour: nothing was measured under these."""
    proposal = await repository.find(session, proposal_id)
    found = await check(session, proposal, at=at)
    if found is None:
        return None
    await checks.add(session, found)
    judged = found.judgement
    fact = TariffEffectJudged(
        proposal_id=proposal_id,
        zone_ids=proposal.zone_ids,
        verdict=found.verdict,
        since=found.since,
        until=found.until,
        response=judged.response,
        response_low=judged.response_low,
        response_high=judged.response_high,
        in_band_before=judged.in_band_before,
        in_band_now=judged.in_band_now,
        judged_at=at,
    )
    await outbox.write(session, fact, source=SOURCE, at=at)
    return found


async def _ends(session: AsyncSession, proposal: Proposal, began: datetime) -> list[datetime]:
    """When other prices than the proposed ones began, by another proposal or by hand: what is measured from then on is not this one's."""
    zone = ZoneRow
    wanted = select(zone.zone_id, zone.area_class).where(zone.zone_id.in_(proposal.zone_ids))
    classes = {row.zone_id: row.area_class for row in await session.execute(wanted)}
    postings: defaultdict[tuple[str, PlaceKind], list[Posting]] = defaultdict(list)
    for one in await postings_after(session, began):
        postings[one.zone_id, one.kind].append(one)
    return [
        whole_hour(start, up=False)
        for cell in proposal.cells
        for start in changes_after(
            postings[cell.zone_id, cell.kind], classes[cell.zone_id], cell.band, cell.price_proposed, began
        )
    ]


async def _measured(session: AsyncSession, proposal: Proposal, since: datetime, until: datetime) -> list[Demand | None]:
    """By cell; None where too little of the span is known to judge by."""
    tables = {(cell.rate_table_id, cell.version) for cell in proposal.cells}
    timezones = {key: (await rates.version_of(session, *key)).table.timezone for key in tables}
    found = {
        timezone: await measure(session, proposal.zone_ids, start=since, end=until, timezone=timezone)
        for timezone in set(timezones.values())
    }
    days = (until - since) / timedelta(days=1)
    rows: list[Demand | None] = []
    for cell in proposal.cells:
        start, end = (time.fromisoformat(part) for part in cell.band.split("-"))
        hours = hours_in(start, end)
        by_hour = found[timezones[cell.rate_table_id, cell.version]].get((cell.zone_id, cell.kind), {})
        demand = demand_in(by_hour, hours)
        is_enough = (
            demand is not None and demand.hours >= LEAST_SHARE * days * len(hours) and demand.known >= LEAST_SHARE
        )
        rows.append(demand if is_enough else None)
    return rows


def _is_earlier(one: Proposal, than: Proposal, began: datetime) -> bool:
    """Whether it set prices of the same zones before."""
    is_before = one.effective_from is not None and one.effective_from < began
    return is_before and not {cell.zone_id for cell in one.cells}.isdisjoint(than.zone_ids)


def _periods_before(proposal: Proposal, earlier: Sequence[Proposal]) -> list[Period]:
    """What this proposal and earlier ones, the last one first, were made from; oldest first.

    A cell that one of them does not have was not measured for it, and its price is that of the next one that has it.
    """
    prices = {cell.key: cell.price_now for cell in proposal.cells}
    found: list[Period] = []
    for one in (proposal, *earlier):
        known: dict[CellKey, ProposalCell] = {cell.key: cell for cell in one.cells if cell.key in prices}
        prices |= {key: cell.price_now for key, cell in known.items()}
        found.append(
            Period(
                prices=list(prices.values()),
                occupancies=[known[key].occupancy if key in known else None for key in prices],
                full_shares=[known[key].full_share if key in known else None for key in prices],
            )
        )
    return found[::-1]


def _expected(proposal: Proposal) -> Expected:
    usual = ReviewPolicy()
    return Expected(
        target_low=proposal.policy.get("target_low", usual.target_low),
        target_high=proposal.policy.get("target_high", usual.target_high),
    )


def _watched(cell: ProposalCell, after: Demand | None, earlier: Demand | None) -> WatchedCell:
    return WatchedCell(
        zone_id=cell.zone_id,
        kind=cell.kind,
        day_type=cell.day_type,
        band=cell.band,
        price_before=cell.price_now,
        price_after=cell.price_proposed,
        occupancy_before=cell.occupancy,
        occupancy_after=None if after is None else after.occupancy,
        full_share_after=None if after is None else after.full_share,
        expected_low=cell.expected_low,
        expected_high=cell.expected_high,
        hours_after=None if after is None else after.hours,
        occupancy_earlier=None if earlier is None else earlier.occupancy,
    )
