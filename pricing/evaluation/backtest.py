r"""Recorded history under a candidate policy: what rule and optimizer would have decided from what was known at each review, beside what was done.

What a price decided then would have changed nobody has measured. So two things are kept apart: **decisions**, which need no belief, and **effects**, in which the
measured occupancy of each period is moved from the price that was in force to the policy's own by what is believed of the response (`expected`). On
the policy's own course its prices follow from what they would have brought about, and the interval of each effect holds 80 % of that belief.

What was believed at a review is what could be known then: a prior, or an estimate of earlier periods (`Known`). Where the policy staggers its moves, so does the
course: who is drawn to wait follows one period later. Nothing is learnt from those lotteries, as their effects are worked out and not measured.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from parking.domain.errors import ConflictError
from pricing.demand.estimate import Estimate
from pricing.demand.load import Floats, Ints
from pricing.demand.waves import Lot
from pricing.history.periods import CellKey, Period, PricingHistory
from pricing.optimizer.believed import estimate_for, responding
from pricing.optimizer.comparison import Span
from pricing.optimizer.expected import occupancies
from pricing.optimizer.files import cell_of, cells_of
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone, Proposal
from pricing.optimizer.propose import Method, Proposed, propose
from pricing.optimizer.stagger import Wave, stagger, waited_of

Known = Callable[[date], Estimate | None]
"""The estimate that was known once the period of this start was measured; None where there was none and the prior stood."""
Told = Callable[[int], object]
"""Hears of the periods that are done, one or more at a time."""


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
    estimate: Estimate | None = None
    """What was known of the response then; None where nobody had made one."""

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
    decided: Wave | None = None
    """The policy's next prices, and its lottery; None where its limits contradict each other and all prices stay."""


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
    policy: PricingPolicy,
    history: PricingHistory,
    zones: dict[str, PricingZone],
    method: Method = "rule",
    *,
    known: Known = lambda _: None,
    lots: Sequence[Lot] = (),
    told: Told = lambda _: None,
) -> Backtest:
    """`lots` are the lotteries that were held in this history. Raises as `propose`, but for limits that contradict each other: that review is told as refused."""
    by_start: dict[date, list[Period]] = {}
    for row in history.rows:
        by_start.setdefault(row.start, []).append(row)
    starts = sorted(by_start)
    periods = [by_start[start] for start in starts]
    beliefs = [known(start) for start in starts]
    wanted = {(lot.after, lot.key): lot.wanted for lot in lots}
    reviews = []
    for number, rows in enumerate(periods):
        after = {row.key: row.price for row in periods[number + 1]} if number + 1 < len(starts) else {}
        done = {row.key: _done(row, after.get(row.key), wanted.get((row.start, row.key))) for row in rows}
        reviews.append(_review(policy, history, zones, method, starts[number], done, beliefs[number]))
        told(1)
    return Backtest(
        method=method,
        reviews=tuple(reviews),
        course=_course(policy, periods, zones, method, beliefs, told),
        foretold=_foretold(history, zones, dict(zip(starts, beliefs, strict=True))),
    )


def learning(
    policy: PricingPolicy, history: PricingHistory, lots: Sequence[Lot], zones: Mapping[str, PricingZone]
) -> Known:
    """At each review an estimate of what was measured by then, of lotteries whose effect was; None before the first of them."""

    def known(start: date) -> Estimate | None:
        held = [lot for lot in lots if lot.after < start]
        past = PricingHistory(tuple(row for row in history.rows if row.start <= start), history.cleaning)
        return estimate_for(policy, past, held, zones) if held else None

    return known


def _done(row: Period, after: int | None, wanted: int | None) -> int | None:
    """What was decided after a period: as its file says, or as a lottery's record does, that may have had it wait; else the next price tells."""
    return next((price for price in (row.decided, wanted, after) if price is not None), None)


def _review(
    policy: PricingPolicy,
    history: PricingHistory,
    zones: dict[str, PricingZone],
    method: Method,
    start: date,
    done: Mapping[CellKey, int | None],
    estimate: Estimate | None,
) -> Review:
    known = PricingHistory(tuple(row for row in history.rows if row.start <= start), history.cleaning)
    cells = _believing([cell for cell in cells_of(known) if _key(cell) in done], zones, estimate)
    try:
        proposed = propose(policy, cells, zones, method)
    except ConflictError as error:
        return Review(start=start, decisions=(), proposed=None, refusal=str(error.detail), estimate=estimate)
    decisions = [Decision(proposal=one, done=done[_key(one.cell)]) for one in proposed.proposals]
    return Review(start=start, decisions=tuple(decisions), proposed=proposed, estimate=estimate)


def _believing(cells: Sequence[Cell], zones: Mapping[str, PricingZone], estimate: Estimate | None) -> Sequence[Cell]:
    return cells if estimate is None else responding(cells, zones, estimate)


def _key(cell: Cell) -> CellKey:
    return CellKey(cell.zone_id, cell.day_type, cell.band)


def _course(
    policy: PricingPolicy,
    periods: Sequence[Sequence[Period]],
    zones: dict[str, PricingZone],
    method: Method,
    beliefs: Sequence[Estimate | None],
    told: Told,
) -> tuple[Stretch, ...]:
    """Effects by the last belief, the best there is; decisions by what was known when they were made."""
    prices: dict[CellKey, int] = {}
    moves: dict[CellKey, int] = {}
    lots: list[Lot] = []
    found = []
    for rows, belief in zip(periods, beliefs, strict=True):
        recorded = _believing([cell_of([row]) for row in rows], zones, beliefs[-1])
        own = np.array([prices.setdefault(row.key, row.price) for row in rows], dtype=np.int64)
        believed = occupancies(recorded, np.arange(len(recorded)), own)
        cells = [
            # How often it would have been almost full at another price nobody measured.
            replace(
                cell_of([row]),
                price=int(price),
                occupancy=float(share),
                full_share=None,
                last_move=moves.get(row.key, 0),
            )
            for row, price, share in zip(rows, own, believed.mean(axis=1), strict=True)
        ]
        wave = _wave(policy, _believing(cells, zones, belief), zones, method, rows[0].start, lots)
        found.append(_stretch(policy, rows[0].start, recorded, own, believed, wave))
        for one in wave.proposed.proposals if wave else ():
            key, moved = _key(one.cell), one.price_proposed - one.cell.price
            prices[key] = one.price_proposed
            moves[key] = (moved > 0) - (moved < 0) or moves.get(key, 0)
        lots += wave.lots if wave else ()
        told(1)
    return tuple(found)


def _wave(
    policy: PricingPolicy,
    cells: Sequence[Cell],
    zones: dict[str, PricingZone],
    method: Method,
    after: date,
    earlier: Sequence[Lot],
) -> Wave | None:
    """None where nothing can be decided: all prices stay, and the review says so."""
    try:
        return stagger(policy, cells, zones, method, after=after, waited=waited_of(earlier, after))
    except ConflictError:
        return None


def _stretch(
    policy: PricingPolicy, start: date, recorded: Sequence[Cell], own: Ints, believed: Floats, decided: Wave | None
) -> Stretch:
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
        decided=decided,
    )


def _within(policy: PricingPolicy, shares: Floats) -> Floats:
    found: Floats = ((shares >= policy.target_low) & (shares <= policy.target_high)).astype(np.float64)
    return found


def _span(by_quantile: Floats) -> Span:
    return Span(mean=float(by_quantile.mean()), low=float(by_quantile.min()), high=float(by_quantile.max()))


def _foretold(
    history: PricingHistory, zones: Mapping[str, PricingZone], beliefs: Mapping[date, Estimate | None]
) -> Foretold | None:
    """By what was believed before each move, so that no estimate is held against the moves that it was made of."""
    pairs = [
        (before, after)
        for periods in history.by_cell().values()
        for before, after in pairwise(periods)
        if before.price != after.price
    ]
    if not pairs:
        return None
    cells = [_believing([cell_of([before])], zones, beliefs[before.start])[0] for before, _ in pairs]
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
