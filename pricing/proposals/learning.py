"""What a city learns from its own lotteries: an estimate of the response to price after each verdict, kept with its tests, and read by the next review.

Everything comes from what is on record of published proposals and their checks, so that a worker which was down makes the same estimate later.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.demand import repository as estimates
from pricing.demand.estimating import learnt
from pricing.demand.experiment import Change, Experiment
from pricing.demand.repository import KeptEstimate
from pricing.demand.waves import Lot
from pricing.history.periods import CellKey, Period
from pricing.optimizer.model import PricingZone
from pricing.optimizer.neighbours import neighbour_zones
from pricing.proposals import checks, lotteries, repository
from pricing.proposals.checks import Check, WatchedCell
from pricing.proposals.model import Lottery, Proposal, ProposalCell
from pricing.proposals.question import Question, band_with_kind, from_record
from pricing.proposals.tables import TariffProposalCheckRow

LOOKED_BACK: Final = 26
"""Judged proposals, the newest ones: two years of reviews. What drivers did before is not what they do."""

_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(:key)")
_KEY: Final = 0x4C524E54


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """A published proposal with its verdict."""

    proposal: Proposal
    check: Check
    lottery: Lottery | None
    question: Question

    @property
    def after(self) -> date:
        return self.proposal.period_start.date()


async def estimate_due(session: AsyncSession, *, at: datetime) -> KeptEstimate | None:
    """For the schedule: an estimate where a verdict is newer than the newest one knows; None where there is nothing new."""
    await session.execute(_ONE_AT_A_TIME, {"key": _KEY})
    newest = await session.scalar(select(func.max(TariffProposalCheckRow.checked_at)))
    known = await estimates.judged_until(session)
    if newest is None or (known is not None and known >= newest):
        return None
    judged = await _judged(session)
    if not judged:
        return None
    experiment = _experiment(judged)
    zones = {zone.zone_id: zone for one in judged for zone in one.question.zones.values()}
    area_class = {zone_id: zone.area_class for zone_id, zone in zones.items()}
    near = _near(judged[-1].question, zones)
    kept = KeptEstimate(
        judged_until=newest,
        made_at=at,
        proposals=tuple(one.proposal.proposal_id for one in judged if one.lottery is not None and one.lottery.lots),
        estimate=await asyncio.to_thread(learnt, experiment, area_class, near),
    )
    await estimates.keep(session, kept)
    return kept


async def _judged(session: AsyncSession) -> list[_Judged]:
    """Those with a lottery, and the newest one, which says what a response is wanted of; oldest first.

    Without those that go back to former prices, of which nothing was asked.
    """
    row = TariffProposalCheckRow
    wanted = select(row.proposal_id).order_by(row.since.desc(), row.proposal_id).limit(LOOKED_BACK)
    ids = list(await session.scalars(wanted))
    drawn = await lotteries.kept(session, *ids)
    found = []
    for proposal_id in [*(one for one in reversed(ids[1:]) if one in drawn), *ids[:1]]:
        record, check = await repository.question_of(session, proposal_id), await checks.kept(session, proposal_id)
        if record is not None and check is not None:
            proposal = await repository.find(session, proposal_id)
            found.append(
                _Judged(proposal=proposal, check=check, lottery=drawn.get(proposal_id), question=from_record(record))
            )
    return found


def _near(question: Question, zones: Mapping[str, PricingZone]) -> list[tuple[str, str]]:
    """By the distance of the newest review; none where it sets none, or a zone's place is not known."""
    if question.policy.neighbour_m is None:
        return []
    placed = [zone for _, zone in sorted(zones.items()) if zone.lat is not None and zone.lon is not None]
    return neighbour_zones(placed, question.policy.neighbour_m)


def _experiment(judged: Sequence[_Judged]) -> Experiment:
    held = [one for one in judged if one.lottery is not None and one.lottery.lots]
    groups = {(one.question.zones[cell.zone_id].area_class, cell.band) for one in judged for cell in one.question.cells}
    return Experiment(
        first=judged[0].after,
        last=judged[-1].check.since.date(),
        waves=len(held),
        groups=tuple(sorted(groups)),
        changes=tuple(change for one in held for change in _changes(one)),
    )


def _changes(judged: _Judged) -> list[Change]:
    """Of all cells that were measured before and after; those outside the lottery tell what else happened in that time."""
    drawn: Mapping[CellKey, Lot] = {lot.key: lot for lot in judged.lottery.lots} if judged.lottery else {}
    after = {cell.key: cell for cell in judged.check.cells}
    found = []
    for cell in judged.proposal.cells:
        key = CellKey(cell.zone_id, cell.day_type, band_with_kind(cell.kind, cell.band))
        seen = after.get(cell.key)
        then = None if seen is None else _then(judged, key, cell, seen)
        if seen is None or then is None:
            continue
        lot = drawn.get(key)
        change = Change(
            judged.after,
            Period(
                key=key,
                start=judged.after,
                hours=cell.hours,
                spaces=cell.spaces,
                price=cell.price_now,
                occupancy=cell.occupancy,
                full_share=cell.full_share,
            ),
            then,
            _earlier(judged, key, cell, seen),
            # Two proposals of one day are two lotteries.
            None if lot is None else replace(lot, block=f"{judged.proposal.proposal_id} {lot.block}"),
        )
        found.append(change)
    return [change for change in found if change.is_priced]


def _then(judged: _Judged, key: CellKey, cell: ProposalCell, seen: WatchedCell) -> Period | None:
    if seen.occupancy_after is None or seen.hours_after is None:
        return None
    return Period(
        key=key,
        start=judged.check.since.date(),
        hours=seen.hours_after,
        spaces=cell.spaces,
        price=cell.price_proposed,
        occupancy=seen.occupancy_after,
        full_share=seen.full_share_after,
    )


def _earlier(judged: _Judged, key: CellKey, cell: ProposalCell, seen: WatchedCell) -> Period | None:
    """Its price is not asked for: only the load before the wave is held against what the lottery drew."""
    if seen.occupancy_earlier is None:
        return None
    length = judged.proposal.period_end - judged.proposal.period_start
    return Period(
        key=key,
        start=judged.after - length,
        hours=cell.hours,
        spaces=cell.spaces,
        price=cell.price_now,
        occupancy=seen.occupancy_earlier,
        full_share=None,
    )
