r"""Which few price levels a city may share: lower bounds from prices of cells by themselves, and cuts for levels that do not fit together.

With reduced costs :math:`e` (`cut.Cut.reduced`) the cells fall apart, and for a set :math:`V` of levels the best is
:math:`\theta(V) = \sum_c \min_{v \in V} e_{cv}`. With :math:`K_c` its terms at some :math:`V_0`,

.. math:: \theta(V) \ge \sum_c K_c - \sum_{v \in V} \sum_c (K_c - e_{cv})^+

for every :math:`V` (the cut of Benders for the p-median), so a master programme with one variable a level finds the next set to look at and
what no set can cost less than. Sets whose levels contradict the limits are ruled out with the levels of the cells that contradict.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from pricing.optimizer.cut import Choices, Differences, Floats, Ints, raised

_INFEASIBLE: Final = 2
"""Status of HiGHS."""
_LEAST: Final = 1e-6
_ROOM: Final = 1e-3
_HALF: Final = 0.5
_UNITS: Final = (100.0, 1000.0, 10.0, 10_000.0, 1.0)
"""Parts of the first lower bound in which the master may count costs."""

Bools = npt.NDArray[np.bool_]


class Master:
    """Chooses at most `most` levels; costs are counted from `base`, which no set of levels costs less than."""

    def __init__(self, windows: Bools, most: int, *, base: float) -> None:
        """`windows` (cells, levels): which levels a cell may have."""
        self._levels = windows.shape[1]
        self._base, self._unit = base, max(abs(base), 1e-9)
        self._dearest = 0.0
        self._rows: list[Floats] = []
        self._most: list[float] = []
        self._add(np.ones(self._levels), 0.0, float(most))
        for window in np.unique(windows, axis=0):
            self.ask(window)

    def choose(self, *, cheaper_than: float) -> tuple[Bools, float] | None:
        """The cheapest set that nothing rules out yet, and its bound; None where none is left that may cost less.

        Raises ArithmeticError when the solver gives no answer.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - slow to load, only a solver needs it

        width = self._levels + 1
        cost, upper, whole = np.zeros(width), np.ones(width), np.ones(width)
        cost[-1], whole[-1] = 1.0, 0.0
        message = ""
        # Now and then the solver fails on what it has made simpler itself; counted in other units it does not.
        for units in _UNITS:
            upper[-1] = units * (min(self._dearest, (cheaper_than - self._base) / self._unit) + _ROOM)
            rows = np.array(self._rows)
            rows[:, -1] /= units
            result = milp(
                cost,
                constraints=LinearConstraint(rows, -np.inf, np.array(self._most)),
                bounds=Bounds(np.zeros(width), upper),
                integrality=whole,
                options={"mip_rel_gap": 0.0},
            )
            if result.status == _INFEASIBLE:
                return None
            if result.x is not None:
                return result.x[:-1] > _HALF, self._base + self._unit * float(result.mip_dual_bound) / units
            message = result.message
        raise ArithmeticError(message)

    def ask(self, levels: Bools) -> None:
        """One of these at least."""
        self._add(-levels.astype(np.float64), 0.0, -1.0)

    def exclude(self, levels: Bools) -> None:
        """Any set but exactly this one."""
        self._add(np.where(levels, 1.0, -1.0), 0.0, float(levels.sum()) - 1.0)

    def bound(self, chosen: Bools, reduced: Floats, constant: float) -> float:
        """Tell what the set costs by `reduced` (cells, levels; infinite where a cell may not), and so what others cost at least."""
        served = reduced[:, chosen].min(axis=1)
        value = float(served.sum()) + constant
        saved = np.maximum(served[:, None] - reduced, 0.0).sum(axis=0)
        self._dearest = max(self._dearest, (value - self._base) / self._unit)
        saved[chosen] = 0.0
        # Nothing costs less than the base, so no level saves more; to promise a little more than is saved keeps the bound a bound.
        saved = np.clip(saved, 0.0, max(value - self._base, 0.0))
        saved = np.where(saved > 0.0, np.maximum(saved, _LEAST * self._unit), 0.0)
        self._add(-saved / self._unit, -1.0, -(value - self._base) / self._unit)
        return value

    def _add(self, levels: Floats, cost: float, most: float) -> None:
        self._rows.append(np.append(levels, cost))
        self._most.append(most)


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
