r"""Which few price levels a city may share: lower bounds from prices of cells by themselves, and cuts for levels that do not fit together.

With reduced costs :math:`e` (`cut.Cut.reduced`) the cells fall apart, and for a set :math:`V` of levels the best is
:math:`\theta(V) = \sum_c \min_{v \in V} e_{cv}`. With :math:`K_c` its terms at some :math:`V_0`,

.. math:: \theta(V) \ge \sum_c K_c - \sum_{v \in V} \sum_c (K_c - e_{cv})^+

for every :math:`V` (the cut of Benders for the p-median), so a master programme with one variable a level finds the next set to look at and
what no set can cost less than. Sets whose levels contradict the limits are ruled out with the levels of the cells that contradict.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pricing.optimizer.asides import asides_to_standard_error
from pricing.optimizer.cut import Choices, Differences, Floats, Ints, raised

_INFEASIBLE: Final = 2
"""Status of HiGHS."""
_LEAST: Final = 1e-7
_SMALL: Final = 1e-6
_ROOM: Final = 1e-3
_HALF: Final = 0.5
_MOST: Final = 1e4
_UNITS: Final = (100.0, 1000.0, 10.0, 10_000.0, 1.0)
"""Parts of the first lower bound in which the master may count costs."""

Bools = npt.NDArray[np.bool_]


class Master:
    """Chooses at most `most` levels. Costs are counted from `base`, which no set of levels costs less than, in units of it."""

    def __init__(self, windows: Bools, most: int, *, base: float, dearest: float) -> None:
        """`windows` (cells, levels): which levels a cell may have. Cells of the same window are counted as one group.

        No prices cost more than `dearest`. Where `base` is nothing, as for wishes that all limits but this one allow, it tells how large costs are.
        """
        kinds, group = np.unique(windows, axis=0, return_inverse=True)
        self._group, self._groups, self._levels = group.reshape(-1), len(kinds), windows.shape[1]
        self._base, self._unit = base, max(abs(base), (dearest - base) / _MOST, 1e-9)
        self._tables: list[_Table] = []
        self._rows: list[_Row] = [_Row(np.arange(self._levels), np.ones(self._levels), float(most))]
        for kind in kinds:
            self.ask(kind)

    @property
    def table(self) -> Floats:
        """The newest reduced costs, (cells, levels)."""
        return self._tables[-1].reduced

    def tell(self, reduced: Floats, constant: float) -> None:
        """Further lower bounds: with these reduced costs (infinite where a cell may not) any set costs as its cells do, and `constant`."""
        floors = np.bincount(self._group, weights=reduced.min(axis=1), minlength=self._groups).astype(np.float64)
        first = self._levels + 1 + len(self._tables) * self._groups
        self._tables.append(_Table(reduced, floors, constant, first))
        columns = np.arange(first - 1, first + self._groups)
        columns[0] = self._levels
        values = np.ones(self._groups + 1)
        values[0] = -1.0
        self._rows.append(_Row(columns, values, -(float(floors.sum()) + constant - self._base) / self._unit))

    def choose(self, *, cheaper_than: float) -> "Choice | None":
        """The cheapest set that nothing rules out yet, and its bound; None where none is left that may cost less.

        Raises ArithmeticError when the solver gives no answer.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load, only a solver needs it
        from scipy.sparse import csr_array  # noqa: PLC0415 - as above

        width = self._levels + 1 + len(self._tables) * self._groups
        cost, upper, whole = np.zeros(width), np.full(width, np.inf), np.zeros(width)
        cost[self._levels], upper[: self._levels], whole[: self._levels] = 1.0, 1.0, 1.0
        upper[self._levels] = (min(cheaper_than, self._base + self._unit * _MOST) - self._base) / self._unit + _ROOM
        ends = np.cumsum([0, *(len(row.columns) for row in self._rows)])
        message = ""
        # Now and then the solver fails on what it has made simpler itself; counted in other units it does not.
        for units in _UNITS:
            scale = np.where(np.arange(width) < self._levels, 1.0, units)
            columns = np.concatenate([row.columns for row in self._rows])
            values = np.concatenate([row.values for row in self._rows]) / scale[columns]
            with asides_to_standard_error():
                result = milp(
                    cost,
                    constraints=LinearConstraint(
                        csr_array((values, columns, ends), shape=(len(self._rows), width)),
                        -np.inf,
                        np.array([row.most for row in self._rows]),
                    ),
                    bounds=Bounds(np.zeros(width), upper * scale),
                    integrality=whole,
                    options={"mip_rel_gap": 0.0},
                )
            if result.status == _INFEASIBLE:
                return None
            if result.x is not None:
                bound = self._base + self._unit * float(result.mip_dual_bound) / units
                return Choice(result.x[: self._levels] > _HALF, bound, result.x[self._levels + 1 :] / units)
            message = result.message
        raise ArithmeticError(message)

    def ask(self, levels: Bools) -> None:
        """One of these at least."""
        columns = np.flatnonzero(levels)
        self._rows.append(_Row(columns, np.full(len(columns), -1.0), -1.0))

    def exclude(self, levels: Bools) -> None:
        """Any set but exactly this one."""
        self._rows.append(_Row(np.arange(self._levels), np.where(levels, 1.0, -1.0), float(levels.sum()) - 1.0))

    def learn(self, choice: "Choice") -> bool:
        """Add what the chosen set teaches, group by group; False where the master knew all of it."""
        known = len(self._rows)
        for number, table in enumerate(self._tables):
            served = table.reduced[:, choice.levels].min(axis=1)
            values = np.bincount(self._group, weights=served, minlength=self._groups)
            above = (values - table.floors) / self._unit
            said = choice.costs[number * self._groups : (number + 1) * self._groups]
            for group in np.flatnonzero(above > said + _SMALL):
                members = self._group == group
                saved = np.maximum(served[members][:, None] - table.reduced[members], 0.0).sum(axis=0) / self._unit
                saved[choice.levels] = 0.0
                # Nothing costs less than its floor, so no level saves more; to promise a little more than is saved keeps the bound a bound.
                saved = np.minimum(np.where(saved > 0.0, np.maximum(saved, _LEAST), 0.0), above[group])
                columns = np.append(np.flatnonzero(saved), table.first + group)
                self._rows.append(_Row(columns, np.append(-saved[saved > 0.0], -1.0), -float(above[group])))
        return len(self._rows) > known


@dataclass(frozen=True)
class Choice:
    """A set of levels, what no set left costs less than, and what the master takes each group of each table to cost."""

    levels: Bools
    bound: float
    costs: Floats


@dataclass(frozen=True)
class _Table:
    """Reduced costs (cells, levels), what each group costs at least by them, and the column of the first group's cost."""

    reduced: Floats
    floors: Floats
    constant: float
    first: int


class _Row(NamedTuple):
    """The sum of `values` × the variables of `columns` is at most `most`."""

    columns: Ints
    values: Floats
    most: float


def contradiction(choices: Choices, limits: Differences) -> Ints | None:
    """Cells whose prices contradict each other through a chain of limits; None where all limits can be obeyed.

    The whole city where the chain runs in a circle.
    """
    places, raiser, failing = raised(choices, limits)
    if failing is None:
        return None
    del places
    chain = [int(limits.lower[failing]), int(limits.higher[failing])]
    while (before := int(raiser[chain[-1]])) >= 0:
        if before in chain:
            return np.arange(len(choices.offsets) - 1)
        chain.append(before)
    return np.array(chain)
