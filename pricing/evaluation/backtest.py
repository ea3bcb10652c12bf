r"""Recorded history under a candidate policy: what rule and optimizer would have decided from what was known at each review, beside what was done.

What a price decided then would have changed nobody has measured. So two things are kept apart: **decisions**, which need no belief, and **effects**, in which the
measured occupancy of each period is moved from the price that was in force to the policy's own by what is believed of the response (`expected`). On
the policy's own course its prices follow from what they would have brought about, and the interval of each effect holds 80 % of that belief.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from parking.domain.errors import ConflictError
from pricing.demand.load import Floats, Ints
from pricing.history.periods import CellKey, Period, PricingHistory
from pricing.optimizer.comparison import Span
from pricing.optimizer.expected import occupancies
from pricing.optimizer.files import cells_of
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal
from pricing.optimizer.propose import Method, Proposed, propose


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One price at one review: what the policy would have decided and what was decided."""

    proposal: Proposal
    done: int | None
    """None where the history does not say."""

    @property
    def way(self) -> int:
        price = self.proposal.cell.price
        return (self.proposal.price_proposed > price) - (self.proposal.price_proposed < price)

    @property
    def way_done(self) -> int | None:
        price = self.proposal.cell.price
        return None if self.done is None else (self.done > price) - (self.done < price)


@dataclass(frozen=True, kw_only=True)
class Review:
    """After the period that began at `start`, from what was known by then."""

    start: date
    decisions: tuple[Decision, ...]
    proposed: Proposed | None
    """None where the limits of the policy could not hold together with the prices in force."""
    refusal: str = ""

    @property
    def known(self) -> Sequence[Decision]:
        return [one for one in self.decisions if one.done is not None]

    @property
    def same(self) -> int:
        return sum(one.done == one.proposal.price_proposed for one in self.known)

    @property
    def rule_same(self) -> int:
        return sum(one.done == one.proposal.rule_price for one in self.known)

    @property
    def against(self) -> int:
        """Prices that the policy would have moved the other way."""
        return sum((one.way_done or 0) * one.way < 0 for one in self.known)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One period as it was, and as it is believed to have been under the policy's own prices."""

    start: date
    price_done: float
    """Means over spaces × hours."""
    price_policy: float
    in_band_done: float
    in_band_policy: Span
    revenue_done: float
    revenue_policy: Span


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """How well the occupancy of the next period was foretold for prices that did move."""

    moves: int
    error: float
    """Mean absolute error of what was expected of the new price."""
    error_as_before: float
    """Of taking the occupancy to stay as it was."""
    within: float
    """Share of the moves whose occupancy came to lie in its interval of 80 % of the response believed."""


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """Oldest first; effects from the first period on, in which all prices are the recorded ones."""

    method: Method
    reviews: tuple[Review, ...]
    course: tuple[Stretch, ...]
    foretold: Foretold | None
    """None where no price moved between two periods that were both measured."""


def backtest(
    policy: PricingPolicy, history: PricingHistory, zones: dict[str, PricingZone], method: Method = "rule"
) -> Backtest:
    """Raises as `propose`, but for limits that contradict each other: that review is told as refused."""
    by_start: dict[date, list[Period]] = {}
    for row in history.rows:
        by_start.setdefault(row.start, []).append(row)
    starts = sorted(by_start)
    reviews = []
    for number, start in enumerate(starts):
        after = {row.key: row.price for row in by_start[starts[number + 1]]} if number + 1 < len(starts) else {}
        reviews.append(_review(policy, history, zones, method, start, after))
    return Backtest(
        method=method,
        reviews=tuple(reviews),
        course=_course(policy, [by_start[start] for start in starts], zones, method),
        foretold=_foretold(history),
    )


def _review(
    policy: PricingPolicy,
    history: PricingHistory,
    zones: dict[str, PricingZone],
    method: Method,
    start: date,
    after: Mapping[CellKey, int],
) -> Review:
    known = PricingHistory(tuple(row for row in history.rows if row.start <= start), history.cleaning)
    measured = {row.key: row.decided for row in known.rows if row.start == start}
    cells = [cell for cell in cells_of(known) if _key(cell) in measured]
    try:
        proposed = propose(policy, cells, zones, method)
    except ConflictError as error:
        return Review(start=start, decisions=(), proposed=None, refusal=str(error.detail))
    decisions = []
    for proposal in proposed.proposals:
        key = _key(proposal.cell)
        decided = measured[key]
        decisions.append(Decision(proposal=proposal, done=after.get(key) if decided is None else decided))
    return Review(start=start, decisions=tuple(decisions), proposed=proposed)


def _key(cell: Cell) -> CellKey:
    return CellKey(cell.zone_id, cell.day_type, cell.band)


def _course(
    policy: PricingPolicy, periods: Sequence[Sequence[Period]], zones: dict[str, PricingZone], method: Method
) -> tuple[Stretch, ...]:
    prices: dict[CellKey, int] = {}
    moves: dict[CellKey, int] = {}
    found = []
    for rows in periods:
        recorded = [_cell_of(row) for row in rows]
        own = np.array([prices.setdefault(row.key, row.price) for row in rows], dtype=np.int64)
        believed = occupancies(recorded, np.arange(len(recorded)), own)
        found.append(_stretch(policy, rows[0].start, recorded, own, believed))
        cells = [
            replace(cell, price=int(price), occupancy=float(share), last_move=moves.get(_key(cell), 0))
            for cell, price, share in zip(recorded, own, believed.mean(axis=1), strict=True)
        ]
        try:
            proposals: Iterable[Proposal] = propose(policy, cells, zones, method).proposals
        except ConflictError:
            # Nothing can be decided: all prices stay, and the review says so.
            proposals = ()
        for one in proposals:
            key, moved = _key(one.cell), one.price_proposed - one.cell.price
            prices[key] = one.price_proposed
            moves[key] = (moved > 0) - (moved < 0) or moves.get(key, 0)
    return tuple(found)


def _cell_of(row: Period) -> Cell:
    return Cell(
        zone_id=row.key.zone_id,
        day_type=row.key.day_type,
        band=row.key.band,
        price=row.price,
        occupancy=row.occupancy,
        spaces=row.spaces,
        hours=row.hours,
    )


def _stretch(policy: PricingPolicy, start: date, recorded: Sequence[Cell], own: Ints, believed: Floats) -> Stretch:
    weight = np.array([cell.weight for cell in recorded])
    share = weight / weight.sum()
    price = np.array([cell.price for cell in recorded])
    measured = np.array([cell.occupancy for cell in recorded])
    revenue = (own * weight) @ believed
    in_band = share @ _within(policy, believed)
    return Stretch(
        start=start,
        price_done=float(share @ price),
        price_policy=float(share @ own),
        in_band_done=float(share @ _within(policy, measured)),
        in_band_policy=_span(in_band),
        revenue_done=float((price * weight) @ measured),
        revenue_policy=_span(revenue),
    )


def _within(policy: PricingPolicy, shares: Floats) -> Floats:
    found: Floats = ((shares >= policy.target_low) & (shares <= policy.target_high)).astype(np.float64)
    return found


def _span(by_quantile: Floats) -> Span:
    return Span(mean=float(by_quantile.mean()), low=float(by_quantile.min()), high=float(by_quantile.max()))


def _foretold(history: PricingHistory) -> Foretold | None:
    pairs = [
        (before, after)
        for periods in history.by_cell().values()
        for before, after in pairwise(periods)
        if before.price != after.price
    ]
    if not pairs:
        return None
    cells = [_cell_of(before) for before, _ in pairs]
    prices = np.array([after.price for _, after in pairs], dtype=np.int64)
    believed = occupancies(cells, np.arange(len(cells)), prices)
    came = np.array([after.occupancy for _, after in pairs])
    before = np.array([cell.occupancy for cell in cells])
    return Foretold(
        moves=len(pairs),
        error=float(np.abs(believed.mean(axis=1) - came).mean()),
        error_as_before=float(np.abs(before - came).mean()),
        within=float(((came >= believed.min(axis=1)) & (came <= believed.max(axis=1))).mean()),
    )
