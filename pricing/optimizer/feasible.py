r"""The nearest prices that obey every limit: one mixed-integer programme over the choices of all cells.

With :math:`x_{ck} \in \{0, 1\}` choosing price :math:`v_{ck}` for cell :math:`c`, cost :math:`d_{ck}`,

.. math:: \min \sum_{ck} d_{ck} x_{ck}, \quad \sum_k x_{ck} = 1, \quad |p_i - p_j| \le D \text{ for neighbours},

with :math:`p_c = \sum_k v_{ck} x_{ck}`; a dearer area class stays above a level that a cheaper one stays below (one
free level per class boundary, day type and band); at most `max_distinct_prices` values are used; expected revenue
reaches its floor. The same input gives the same answer.

Without the last two every limit is a difference of two prices, and a minimum cut is exact. With them a district's cells go to HiGHS (scipy), which proves
within a second or two how near its prices are to the best; for a city's it takes too long, and `programme` does it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from parking.domain.errors import UnavailableError
from pricing.optimizer.asides import asides_to_standard_error
from pricing.optimizer.cut import Choices, Differences, Floats, Ints
from pricing.optimizer.expected import revenues
from pricing.optimizer.model import Cell, PricingPolicy, PricingZone
from pricing.optimizer.neighbours import neighbour_cells
from pricing.optimizer.programme import CLOSE, TIME_LIMIT_S, Programme, solve

EXACT_CHOICES: Final = 600
"""Up to so many prices to choose from over all cells, joined limits are solved to the last cent."""
HIGHS_CHOICES: Final = 6_000
"""Up to so many HiGHS is quicker than `programme` where prices differ much, and slower by a second at most where they do not."""
_HIGHS_INFEASIBLE: Final = 2


@dataclass
class _Rows:
    """Constraint rows as they are collected: coordinates, values and the two sides."""

    row: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, terms: Sequence[tuple[int, float]], low: float, high: float) -> None:
        for column, value in terms:
            self.row.append(len(self.low))
            self.column.append(column)
            self.value.append(value)
        self.low.append(low)
        self.high.append(high)


@dataclass(frozen=True)
class Solution:
    """A price for every cell, in their order; it is dearer than the best by `gap` of its cost at most."""

    prices: list[int]
    gap: float


@dataclass
class Problem:
    """Cells with their choices and costs, and the limits that join cells."""

    cells: Sequence[Cell]
    options: Sequence[tuple[int, ...]]
    costs: Sequence[Sequence[float]]
    policy: PricingPolicy
    zones: dict[str, PricingZone]
    without: frozenset[str] = frozenset()
    time_limit_s: float = TIME_LIMIT_S

    def solve(self) -> Solution | None:
        """None when the limits contradict each other.

        Raises `UnavailableError` with code `solver_gave_up` when the time limit passes without any answer.
        """
        if any(not options for options in self.options):
            return None
        if self._joins_all_cells and sum(len(options) for options in self.options) <= HIGHS_CHOICES:
            return self._by_highs()
        programme = self._programme()
        answer = solve(programme, time_limit_s=self.time_limit_s)
        if answer is None:
            return None
        return Solution(
            [int(price) for price in programme.choices.values[answer.places[: len(self.cells)]]], answer.gap
        )

    def _by_highs(self) -> Solution | None:
        # Half a second to load, and a process that only serves or listens never solves anything.
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - as said
        from scipy.sparse import csr_array  # noqa: PLC0415 - as said

        offsets = np.concatenate([[0], np.cumsum([len(options) for options in self.options])]).astype(int)
        prices = [[(int(offsets[c]) + k, float(v)) for k, v in enumerate(vs)] for c, vs in enumerate(self.options)]
        rows = _Rows()
        for terms in prices:
            rows.add([(column, 1.0) for column, _ in terms], 1, 1)
        width = int(offsets[-1])
        integral = width
        width = self._distinct(rows, prices, width)
        integral = width
        self._neighbours(rows, prices)
        width = self._order(rows, prices, width)
        self._revenue(rows, prices)
        cost = np.zeros(width)
        cost[: int(offsets[-1])] = np.concatenate([np.asarray(row, dtype=float) for row in self.costs])
        upper = np.full(width, 1.0)
        upper[integral:] = np.inf
        with asides_to_standard_error():
            result = milp(
                cost,
                constraints=LinearConstraint(
                    csr_array((rows.value, (rows.row, rows.column)), shape=(len(rows.low), width)), rows.low, rows.high
                ),
                bounds=Bounds(np.zeros(width), upper),
                integrality=np.concatenate([np.ones(integral), np.zeros(width - integral)]),
                options={
                    "time_limit": self.time_limit_s,
                    "mip_rel_gap": 0.0 if offsets[-1] <= EXACT_CHOICES else CLOSE,
                },
            )
        if result.x is None:
            if result.status == _HIGHS_INFEASIBLE:
                return None
            raise UnavailableError(
                f"no answer within {self.time_limit_s:.0f} s: {result.message}", code="solver_gave_up"
            )
        chosen = result.x[: int(offsets[-1])]
        chosen_prices = [
            options[int(np.argmax(chosen[offsets[c] : offsets[c + 1]]))] for c, options in enumerate(self.options)
        ]
        return Solution(chosen_prices, float(result.mip_gap or 0.0))

    @property
    def _joins_all_cells(self) -> bool:
        return self._active("revenue_floor") is not None or self._active("max_distinct_prices") is not None

    def _active(self, name: Literal["revenue_floor", "max_distinct_prices"]) -> int | None:
        limit: int | None = getattr(self.policy, name)
        return None if name in self.without else limit

    def _programme(self) -> Programme:
        """Cells first, then one free level for each class boundary, day type and band."""
        rows = [
            (np.asarray(options, dtype=np.int64), np.asarray(costs, dtype=np.float64))
            for options, costs in zip(self.options, self.costs, strict=True)
        ]
        limits: list[tuple[int, int, int]] = []
        if self.policy.neighbour_max_difference is not None and "neighbour_max_difference" not in self.without:
            most = self.policy.neighbour_max_difference
            for i, j in neighbour_cells(self.policy, self.cells, self.zones):
                limits += [(i, j, most), (j, i, most)]
        for dearer, cheaper in self._boundaries():
            level = len(rows)
            values = np.unique(np.concatenate([rows[c][0] for c in (*dearer, *cheaper)]))
            rows.append((values, np.zeros(len(values))))
            limits += [(level, c, 0) for c in dearer] + [(c, level, 0) for c in cheaper]
        higher, lower, most_of = np.array(limits, dtype=np.int64).reshape(-1, 3).T
        costs = np.concatenate([costs for _, costs in rows])
        floor, revenue = self._active("revenue_floor"), None
        if floor is not None:
            earned = self._earned()
            revenue = np.concatenate([earned, np.zeros(len(costs) - len(earned))])
        most_prices = self._active("max_distinct_prices")
        return Programme(
            choices=Choices(
                np.concatenate([values for values, _ in rows]), np.cumsum([0, *(len(values) for values, _ in rows)])
            ),
            costs=costs,
            differences=Differences(higher, lower, most_of),
            revenue=revenue,
            revenue_floor=floor,
            most_prices=most_prices,
            counted=len(self.cells),
            in_force=None if most_prices is None else self._in_force(),
        )

    def _in_force(self) -> Ints | None:
        """Flat places of the present prices, where each of them may stay."""
        if any(cell.price not in options for cell, options in zip(self.cells, self.options, strict=True)):
            return None
        within = [options.index(cell.price) for cell, options in zip(self.cells, self.options, strict=True)]
        firsts = np.cumsum([0, *(len(options) for options in self.options[:-1])])
        return np.asarray(firsts + np.array(within, dtype=np.int64), dtype=np.int64)

    def _boundaries(self) -> Iterator[tuple[list[int], list[int]]]:
        """Cells above and below each boundary between area classes, by day type and band."""
        if len(self.policy.order) < 2 or "order" in self.without:  # noqa: PLR2004 - an order needs two classes
            return
        rank = {area_class: n for n, area_class in enumerate(self.policy.order)}
        times: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for c, cell in enumerate(self.cells):
            if self.zones[cell.zone_id].area_class in rank:
                times[cell.day_type, cell.band].append(c)
        for members in times.values():
            for boundary in range(len(rank) - 1):
                sides: tuple[list[int], list[int]] = ([], [])
                for c in members:
                    sides[rank[self.zones[self.cells[c].zone_id].area_class] > boundary].append(c)
                yield sides

    def _distinct(self, rows: _Rows, prices: list[list[tuple[int, float]]], width: int) -> int:
        limit = self._active("max_distinct_prices")
        if limit is None:
            return width
        values = sorted({value for terms in prices for _, value in terms})
        used = {value: width + n for n, value in enumerate(values)}
        for terms in prices:
            for column, value in terms:
                rows.add([(column, 1.0), (used[value], -1.0)], -np.inf, 0)
        rows.add([(column, 1.0) for column in used.values()], 0, limit)
        return width + len(values)

    def _neighbours(self, rows: _Rows, prices: list[list[tuple[int, float]]]) -> None:
        limit = self.policy.neighbour_max_difference
        if limit is None or "neighbour_max_difference" in self.without:
            return
        for i, j in neighbour_cells(self.policy, self.cells, self.zones):
            rows.add([*prices[i], *((column, -value) for column, value in prices[j])], -limit, limit)

    def _order(self, rows: _Rows, prices: list[list[tuple[int, float]]], width: int) -> int:
        for dearer, cheaper in self._boundaries():
            for c in dearer:
                rows.add([*prices[c], (width, -1.0)], 0.0, np.inf)
            for c in cheaper:
                rows.add([*prices[c], (width, -1.0)], -np.inf, 0.0)
            width += 1
        return width

    def _revenue(self, rows: _Rows, prices: list[list[tuple[int, float]]]) -> None:
        floor = self._active("revenue_floor")
        if floor is None:
            return
        columns = [column for options in prices for column, _ in options]
        rows.add(list(zip(columns, map(float, self._earned()), strict=True)), float(floor), np.inf)

    def _earned(self) -> Floats:
        """Expected revenue of every choice of every cell, one after the other."""
        of = np.repeat(np.arange(len(self.cells)), [len(options) for options in self.options])
        return revenues(
            self.cells, of, np.concatenate([np.asarray(options, dtype=np.int64) for options in self.options])
        )
