"""A review: what is charged now, how full it was, and what the rule proposes within every document. Reads only."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.geo import centroid
from parking.places.model import PlaceKind
from parking.places.tables import PriceDocumentRow, ZoneRow
from pricing.demand import repository as estimates
from pricing.demand.measured import Demand, Measured, demand_in, hours_in, measure
from pricing.optimizer.believed import responding
from pricing.optimizer.choices import choices
from pricing.optimizer.model import Cell, Earlier, PricingPolicy, PricingZone
from pricing.optimizer.model import Proposal as CellProposal
from pricing.proposals import lotteries
from pricing.proposals.model import (
    ALL_DAYS,
    HOUR_S,
    CellKey,
    ProposalCell,
    Skipped,
    band_of,
    price_an_hour,
)
from pricing.proposals.policy import ReviewPolicy
from pricing.proposals.price_spans import VEHICLE, held_since, timed_lines, whole_hour
from pricing.proposals.question import Drawn, Question, band_with_kind, drawn
from pricing.proposals.repository import earlier, last_moves
from pricing.rates.limit_store import limits_of
from pricing.rates.model import Posting, RateLine
from pricing.rates.price_limits import PriceLimit, limit_of
from pricing.rates.repository import postings_after, versions

LEAST_HOURS: Final = 0.5
"""A band needs measured hours on half of the period's days, else it is not judged."""
LEAST_KNOWN: Final = 0.5
"""And half of the space-time in them must have been known."""

_SPACES = text("""
    SELECT zone_id, CAST(geometry AS text) AS geometry FROM space
    WHERE removed_at IS NULL AND zone_id = ANY(CAST(:zones AS text[])) ORDER BY space_id
""")


_Priced = tuple[str, PlaceKind, str]
"""Zone, kind of place and band."""


class Period(NamedTuple):
    """Whole hours `[start, end)` that a review looks back on."""

    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Review:
    """What came out: cells and what was left out; `drawn` is None where nothing could be asked."""

    cells: tuple[ProposalCell, ...]
    skipped: tuple[Skipped, ...]
    drawn: Drawn | None


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A timed line that prices one kind of place in one zone, with its limit and its demand."""

    assigned: Posting
    document_id: str
    area_class: str
    line: RateLine
    limit: PriceLimit
    an_hour: int
    demand: Demand
    last_move: int = 0
    earlier: tuple[Earlier, ...] = ()

    @property
    def key(self) -> CellKey:
        return self.assigned.zone_id, self.assigned.kind, ALL_DAYS, band_of(self.line)

    @property
    def tick(self) -> int:
        return self.limit.tick * HOUR_S // (self.line.unit_s or HOUR_S)

    @property
    def cell(self) -> Cell:
        unit_s = self.line.unit_s or HOUR_S
        return Cell(
            zone_id=self.assigned.zone_id,
            day_type=ALL_DAYS,
            band=band_with_kind(self.assigned.kind, band_of(self.line)),
            price=self.an_hour,
            occupancy=self.demand.occupancy,
            full_share=self.demand.full_share,
            spaces=self.demand.spaces,
            hours=self.demand.hours,
            lowest=-(-self.limit.lowest * HOUR_S // unit_s),
            highest=self.limit.highest * HOUR_S // unit_s,
            last_move=self.last_move,
            earlier=self.earlier,
        )


async def review(
    session: AsyncSession, *, period: Period, at: datetime, wanted: ReviewPolicy, zone_ids: Sequence[str] | None
) -> Review:
    """Judge every timed price in force at `at` in these zones (None: all) by what was measured in the period.

    Raises `PolicyInfeasibleError` when the limits contradict each other.
    """
    candidates, skipped = await _gather(session, period=period, at=at, zone_ids=zone_ids)
    moved = await last_moves(session, at)
    measured = await earlier(session, before=period.start)
    candidates = [
        replace(one, last_move=moved.get(one.key, 0), earlier=measured.get(one.key, ())) for one in candidates
    ]
    policy = wanted.of([one.cell for one in candidates], [one.tick for one in candidates]) if candidates else None
    kept = [candidate for candidate in candidates if policy is not None and _movable(policy, candidate)]
    skipped += [_skip(candidate.assigned, "price_beyond_document") for candidate in candidates if candidate not in kept]
    if policy is None or not kept:
        return Review(cells=(), skipped=tuple(skipped), drawn=None)
    question = Question(
        policy=policy,
        cells=tuple(candidate.cell for candidate in kept),
        zones=await _zones(session, kept),
        method=wanted.method,
    )
    known = await estimates.newest(session, by=at)
    if known:
        question = replace(question, cells=responding(question.cells, question.zones, known[0].estimate))
    waited = await lotteries.waiting(session, at)
    found = await asyncio.to_thread(drawn, question, after=period.start.date(), waited=waited)
    cells = tuple(
        _cell(candidate, proposal) for candidate, proposal in zip(kept, found.answer.proposed.proposals, strict=True)
    )
    return Review(cells=cells, skipped=tuple(skipped), drawn=found)


async def _gather(
    session: AsyncSession, *, period: Period, at: datetime, zone_ids: Sequence[str] | None
) -> tuple[list[_Candidate], list[Skipped]]:
    every = [a for a in await postings_after(session, period.start) if zone_ids is None or a.zone_id in zone_ids]
    planned = {_place(a) for a in every if a.start > at}
    present = [a for a in every if a.start <= at and (a.end is None or a.end > at)]
    documents = {
        (version.table.rate_table_id, version.table.version): version.price_document_id
        for version in await versions(session)
    }
    forms = await _documents_in_force(session, at)
    limits = await limits_of(session, forms)
    classes = {
        row.zone_id: row.area_class for row in await session.execute(select(ZoneRow.zone_id, ZoneRow.area_class))
    }
    spans = _spans(every, present, classes, period, at)
    measured = await _measured(session, present, spans, period.end)
    candidates: list[_Candidate] = []
    skipped: list[Skipped] = []
    for assigned in present:
        document_id = documents[assigned.table.rate_table_id, assigned.table.version]
        if _place(assigned) in planned:
            skipped.append(_skip(assigned, "change_planned"))
        elif document_id is None or document_id not in forms:
            skipped.append(_skip(assigned, "document_not_in_force"))
        elif forms[document_id] == "market" and document_id not in limits:
            skipped.append(_skip(assigned, "market_price"))
        else:
            found = _candidates(
                assigned, document_id, classes[assigned.zone_id], limits.get(document_id, ()), spans, measured, period
            )
            candidates += [one for one in found if isinstance(one, _Candidate)]
            skipped += [one for one in found if isinstance(one, Skipped)]
    return candidates, skipped


def _place(assigned: Posting) -> tuple[str, PlaceKind]:
    return assigned.zone_id, assigned.kind


def _spans(
    every: Sequence[Posting], present: Sequence[Posting], classes: Mapping[str, str], period: Period, at: datetime
) -> dict[_Priced, datetime]:
    """The first whole hour of the period in which each timed price was already the present one."""
    postings: dict[tuple[str, PlaceKind], list[Posting]] = {}
    for one in every:
        postings.setdefault(_place(one), []).append(one)
    found: dict[_Priced, datetime] = {}
    for assigned in present:
        area_class = classes[assigned.zone_id]
        for line in timed_lines(assigned.table, assigned.kind, area_class):
            since = held_since(postings[_place(assigned)], area_class, band_of(line), at)
            found[*_place(assigned), band_of(line)] = max(period.start, whole_hour(since, up=True))
    return found


async def _documents_in_force(session: AsyncSession, at: datetime) -> dict[str, str]:
    """Price form by document."""
    document = PriceDocumentRow
    rows = await session.execute(
        select(document.price_document_id, document.form).where(
            document.valid_from <= at, document.valid_to.is_(None) | (document.valid_to > at)
        )
    )
    return {row.price_document_id: row.form for row in rows}


async def _measured(
    session: AsyncSession, present: Sequence[Posting], spans: Mapping[_Priced, datetime], end: datetime
) -> dict[tuple[str, datetime], Measured]:
    """By time zone of the tables and beginning of the time under one price, of which there are few."""
    zones: dict[tuple[str, datetime], set[str]] = {}
    for assigned in present:
        for start in {start for (zone_id, kind, _), start in spans.items() if (zone_id, kind) == _place(assigned)}:
            zones.setdefault((assigned.table.timezone, start), set()).add(assigned.zone_id)
    return {
        (timezone, start): await measure(session, ids, start=start, end=end, timezone=timezone)
        for (timezone, start), ids in zones.items()
    }


def _candidates(
    assigned: Posting,
    document_id: str,
    area_class: str,
    limits: tuple[PriceLimit, ...],
    spans: Mapping[_Priced, datetime],
    measured: Mapping[tuple[str, datetime], Measured],
    period: Period,
) -> list[_Candidate | Skipped]:
    lines = timed_lines(assigned.table, assigned.kind, area_class)
    days = (period.end - period.start) / timedelta(days=1)
    if not lines:
        return [_skip(assigned, "no_timed_price")]
    found: list[_Candidate | Skipped] = []
    for line in lines:
        limit = limit_of(limits, line, area_class=area_class, kind=assigned.kind, vehicle_class=VEHICLE)
        since = spans[*_place(assigned), band_of(line)]
        hours = hours_in(line.start, line.end)
        demand = demand_in(measured[assigned.table.timezone, since].get(_place(assigned), {}), hours)
        an_hour = price_an_hour(line)
        if limit is None:
            found.append(_skip(assigned, "price_not_in_document"))
        elif an_hour is None or (limit.tick * HOUR_S) % (line.unit_s or HOUR_S):
            found.append(_skip(assigned, "price_not_by_the_hour"))
        elif demand is None or demand.hours < LEAST_HOURS * days * len(hours) or demand.known < LEAST_KNOWN:
            found.append(_skip(assigned, "too_little_known" if since == period.start else "price_too_new"))
        else:
            found.append(
                _Candidate(
                    assigned=assigned,
                    document_id=document_id,
                    area_class=area_class,
                    line=line,
                    limit=limit,
                    an_hour=an_hour,
                    demand=demand,
                )
            )
    return found


def _movable(policy: PricingPolicy, candidate: _Candidate) -> bool:
    """Whether every price that may be chosen is one that the document allows; where none may be, the solver says why."""
    cell = candidate.cell
    options = choices(policy, cell)
    return not options or (cell.lowest or 0) <= options[0] <= options[-1] <= (cell.highest or 0)


async def _zones(session: AsyncSession, kept: Sequence[_Candidate]) -> dict[str, PricingZone]:
    points: dict[str, list[tuple[float, float]]] = {}
    for row in await session.execute(_SPACES, {"zones": sorted({one.assigned.zone_id for one in kept})}):
        points.setdefault(row.zone_id, []).append(centroid(msgspec.json.decode(row.geometry)))
    return {
        one.assigned.zone_id: PricingZone(
            zone_id=one.assigned.zone_id,
            kind=one.assigned.kind,
            area_class=one.area_class,
            spaces=one.demand.spaces,
            lon=sum(lon for lon, _ in points[one.assigned.zone_id]) / len(points[one.assigned.zone_id]),
            lat=sum(lat for _, lat in points[one.assigned.zone_id]) / len(points[one.assigned.zone_id]),
        )
        for one in kept
    }


def _cell(candidate: _Candidate, proposal: CellProposal) -> ProposalCell:
    return ProposalCell(
        zone_id=candidate.assigned.zone_id,
        kind=candidate.assigned.kind,
        day_type=ALL_DAYS,
        band=band_of(candidate.line),
        rate_table_id=candidate.assigned.table.rate_table_id,
        version=candidate.assigned.table.version,
        rule_id=candidate.line.rule_id,
        unit_s=candidate.line.unit_s or HOUR_S,
        price_document_id=candidate.document_id,
        price_now=candidate.an_hour,
        price_proposed=proposal.price_proposed,
        rule_price=proposal.rule_price,
        occupancy=candidate.demand.occupancy,
        full_share=candidate.demand.full_share,
        hours=candidate.demand.hours,
        spaces=candidate.demand.spaces,
        expected_occupancy=proposal.expected_occupancy,
        expected_low=proposal.expected_low,
        expected_high=proposal.expected_high,
        binding=proposal.binding,
        reason=proposal.reason,
    )


def _skip(assigned: Posting, reason: str) -> Skipped:
    return Skipped(zone_id=assigned.zone_id, kind=assigned.kind, reason=reason)
