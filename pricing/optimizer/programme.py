r"""The cheapest prices under every limit, with a proof of how near they are to the best.

Difference limits alone are a minimum cut, exact (`cut`). A revenue floor :math:`R` and a number :math:`m` of distinct prices join all cells.
The floor is priced instead of imposed: for any :math:`\lambda \ge 0` no prices that reach it cost less than
:math:`\min_x \sum (d_{cv} - \lambda r_{cv}) x_{cv} + \lambda R`, a minimum cut again. The levels are chosen by a master programme
(`few_prices`), from costs that the cut has reduced by the worth of the limits; for each set that it brings forward, a cut over these
levels alone gives prices that obey everything. It ends when bound and prices meet. The same input gives the same answer; the
time limit only ends it early, and the gap says how early.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from parking.domain.errors import UnavailableError
from pricing.optimizer.cut import Choices, Cut, Differences, Floats, Ints, cheapest, narrowed
from pricing.optimizer.few_prices import Bools, Master, contradiction

CLOSE: Final = 5e-3
"""A gap at which nothing more is looked for: belief in the response is not so exact by far."""
BISECTIONS: Final = 20
QUICK_BISECTIONS: Final = 10
DEARER: Final = (1.0, 4.0, 16.0)
TIME_LIMIT_S: Final = 60.0
_REACHED: Final = 1.0 - 1e-12
"""Share of the revenue floor that counts as all of it: sums of floating numbers differ by as much."""


@dataclass(frozen=True, kw_only=True)
class Programme:
    """`costs` and `revenue` by flat place of `choices`; None where a limit does not exist."""

    choices: Choices
    costs: Floats
    differences: Differences
    revenue: Floats | None = None
    revenue_floor: float | None = None
    most_prices: int | None = None
    counted: int | None = None
    """How many cells, the first ones, have prices that count as distinct; None for all."""
    in_force: Ints | None = None
    """Flat places of the present prices of the counted cells; None where one of them may not stay. With few levels they are looked at first:
    where they obeyed the limits they mostly do so still."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Flat places of the chosen prices, one a cell; no prices that obey all limits cost less than `bound`."""

    places: Ints
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How much dearer than the best they can be, as a share of their cost."""
        return max(0.0, self.cost - self.bound) / self.cost if self.cost > 0.0 else 0.0


@dataclass(frozen=True)
class _Part:
    """A programme with some of its prices only; `flat` are their places in the whole."""

    programme: Programme
    choices: Choices
    flat: Ints

    def kept(self, which: Bools) -> "_Part | None":
        """Only these of its prices; None where a cell would have none."""
        choices = self.choices.kept(which)
        return None if choices is None else _Part(self.programme, choices, self.flat[which])

    def cheapest(self, costs: Floats) -> Cut | None:
        """By costs of this part."""
        return cheapest(self.choices, costs, self.programme.differences)

    @property
    def costs(self) -> Floats:
        return self.programme.costs[self.flat]

    @property
    def revenue(self) -> Floats:
        revenue = self.programme.revenue
        return np.zeros(len(self.flat)) if revenue is None else revenue[self.flat]


@dataclass(frozen=True)
class _Reached:
    """Prices of a part that reach the revenue floor, its price, and what no such prices of the part cost less than."""

    places: Ints
    cost: float
    weight: float
    bound: float


def solve(
    programme: Programme, *, time_limit_s: float = TIME_LIMIT_S, clock: Callable[[], float] = time.monotonic
) -> Answer | None:
    """None where no prices obey all limits.

    Raises `UnavailableError` with code `solver_gave_up` when the time limit passes without any prices that do.
    """
    within = narrowed(programme.choices, programme.differences)
    everything = _Part(programme, programme.choices, np.arange(len(programme.choices.values)))
    part = None if within is None else everything.kept(within)
    reached = None if part is None else _reach(part, BISECTIONS)
    if part is None or reached is None:
        return None
    if programme.most_prices is None:
        return Answer(places=part.flat[reached.places], cost=reached.cost, bound=reached.bound)
    search = _FewPrices(part, reached, programme.most_prices)
    ends_at = clock() + time_limit_s
    while search.goes_on and clock() < ends_at:
        search.step()
    if search.places is not None:
        return Answer(places=search.places, cost=search.cost, bound=min(search.bound, search.cost))
    if search.is_exhausted:
        return None
    raise UnavailableError(f"no answer within {time_limit_s:.0f} s", code="solver_gave_up")


def _reach(part: _Part, bisections: int) -> _Reached | None:
    """Raise the price of revenue until its floor is reached; None where it cannot be, or differences contradict."""
    costs, revenue, floor = part.costs, part.revenue, part.programme.revenue_floor
    free = part.cheapest(costs)
    if free is None:
        return None
    if floor is None or revenue[free.places].sum() >= floor * _REACHED:
        return _Reached(free.places, float(costs[free.places].sum()), 0.0, free.bound)
    richest = part.cheapest(-revenue)
    if richest is None or revenue[richest.places].sum() < floor * _REACHED:
        return None
    best, bound = richest.places, free.bound
    gained = float(revenue[best].sum() - revenue[free.places].sum())
    # At this price of revenue the richest prices are no dearer than the free ones.
    low, high = 0.0, float(costs[best].sum() - free.bound) / gained
    for _ in range(bisections):
        weight = (low + high) / 2.0
        cut = part.cheapest(costs - weight * revenue)
        if cut is None:
            return None
        bound = max(bound, cut.bound + weight * floor)
        if revenue[cut.places].sum() >= floor * _REACHED:
            high, best = weight, min(best, cut.places, key=lambda places: float(costs[places].sum()))
        else:
            low = weight
    best = _finer(part, best, low, high, bisections)
    return _Reached(best, float(costs[best].sum()), high, bound)


def _finer(part: _Part, best: Ints, low: float, high: float, bisections: int) -> Ints:
    """Between two prices of revenue many cells may move at once: the higher price for the first cells only, as few as reach the floor."""
    costs, revenue, floor, cells = part.costs, part.revenue, part.programme.revenue_floor or 0.0, part.choices.cells
    few, many = 0, len(part.choices.offsets) - 1
    for _ in range(bisections):
        number = (few + many) // 2
        cut = part.cheapest(costs - np.where(cells < number, high, low) * revenue)
        if cut is None:
            break
        if revenue[cut.places].sum() >= floor * _REACHED:
            many, best = number, min(best, cut.places, key=lambda places: float(costs[places].sum()))
        else:
            few = number
    return best


@dataclass
class _FewPrices:
    """The search over sets of levels; one step asks the master once and learns from its answer."""

    part: _Part
    reached: _Reached
    most: int
    places: Ints | None = None
    cost: float = np.inf
    bound: float = field(init=False)
    is_exhausted: bool = False

    def __post_init__(self) -> None:
        choices, programme = self.part.choices, self.part.programme
        counted = len(choices.offsets) - 1 if programme.counted is None else programme.counted
        levels, self._level = np.unique(choices.values, return_inverse=True)
        self._counts: Bools = choices.cells < counted
        self._windows: Bools = np.zeros((counted, len(levels)), dtype=np.bool_)
        self._windows[choices.cells[self._counts], self._level[self._counts]] = True
        self._master = Master(
            self._windows,
            self.most,
            base=self.reached.bound,
            dearest=float(np.maximum.reduceat(self.part.costs, choices.offsets[:-1]).sum()),
        )
        self.bound = self.reached.bound
        self._excluded = np.inf
        """What no prices of the sets that are excluded cost less than."""
        self._reduce(np.zeros(len(choices.values)), self.reached.weight)
        self._stuck = False
        present = self._present()
        if present is not None:
            self._price(present)

    def _present(self) -> Bools | None:
        """Levels of the prices in force; None where they are too many, or not all of them within what limits leave."""
        places = self.part.programme.in_force
        if places is None:
            return None
        kept = np.searchsorted(self.part.flat, places)
        if (kept == len(self.part.flat)).any() or (self.part.flat[kept] != places).any():
            return None
        present: Bools = np.zeros(self._windows.shape[1], dtype=np.bool_)
        present[self._level[kept]] = True
        return present if present.sum() <= self.most else None

    @property
    def goes_on(self) -> bool:
        is_close = self.places is not None and self.cost - self.bound <= CLOSE * self.cost
        return not (self.is_exhausted or self._stuck or is_close)

    def step(self) -> None:
        """One set of levels: what it costs at least, whether it fits together, and its prices."""
        try:
            choice = self._master.choose(cheaper_than=self.cost)
        except ArithmeticError:
            # The bound so far holds; an exact answer is not to be had from these rows.
            self._stuck = True
            return
        if choice is None:
            self.bound, self.is_exhausted = max(self.bound, min(self.cost, self._excluded)), True
            return
        self.bound = max(self.bound, min(choice.bound, self._excluded))
        if not self._master.learn(choice):
            self._price(choice.levels)

    def _price(self, chosen: Bools) -> None:
        part = self.part.kept(~self._counts | chosen[self._level])
        if part is None:
            raise AssertionError("the master serves every cell")
        cells = contradiction(part.choices, part.programme.differences)
        reached = None if cells is not None else _reach(part, QUICK_BISECTIONS)
        if reached is None:
            counted = np.arange(len(self._windows)) if cells is None else cells[cells < len(self._windows)]
            self._master.ask(self._windows[counted].any(axis=0) & ~chosen)
            return
        self._excluded = min(self._excluded, reached.bound)
        self._master.exclude(chosen)
        if reached.cost < self.cost:
            self.places, self.cost = part.flat[reached.places], reached.cost
        table = self._master.table
        served = table[:, chosen].min(axis=1)
        saved = np.zeros(len(self._level))
        cells_of, level_of = self.part.choices.cells[self._counts], self._level[self._counts]
        saved[self._counts] = np.where(
            chosen[level_of], 0.0, np.maximum(served[cells_of] - table[cells_of, level_of], 0.0)
        )
        for times in DEARER:
            self._reduce(times * saved, reached.weight)

    def _reduce(self, dearer: Floats, weight: float) -> None:
        """Further reduced costs, from a cut in which levels that are not chosen are so much dearer."""
        cut = self.part.cheapest(self.part.costs - weight * self.part.revenue + dearer)
        if cut is None:
            return
        reduced = cut.reduced - dearer
        table = np.full(self._windows.shape, np.inf)
        table[self.part.choices.cells[self._counts], self._level[self._counts]] = reduced[self._counts]
        floor = self.part.programme.revenue_floor or 0.0
        others = self.part.choices.cells[~self._counts]
        uncounted = np.full(len(self.part.choices.offsets) - 1, np.inf)
        np.minimum.at(uncounted, others, reduced[~self._counts])
        constant = weight * floor + float(uncounted[np.isfinite(uncounted)].sum())
        self._master.tell(table, constant)
