r"""How many would park if nobody were turned away: load from occupancy, and back.

A full zone hides demand. With :math:`c` spaces and a load of :math:`a` vehicles (arrivals × mean stay), Erlang's loss formula gives the share
that finds no space, :math:`B(c, a) = \frac{a B(c-1, a)}{c + a B(c-1, a)}`, and so the occupancy :math:`q = a (1 - B(c, a)) / c`. It rises with the load
without end and never reaches one, so every occupancy below one has a load. Erlang (1917); the formula holds for any distribution of stays.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST: Final = 2.5
"""Load a space above which occupancy tells no more; a zone that is always full has at least this, or nobody knows."""
_STEPS: Final = 500
FULL: Final = 0.9
_NOBODY: Final = 1e-9


def occupancy_of(load: Floats, spaces: Ints) -> Floats:
    """Mean share of spaces taken, for loads as a share of the spaces; arrays of one shape."""
    return _each(load, spaces, inverse=False)


def load_of(occupancy: Floats, spaces: Ints) -> Floats:
    """Load as a share of the spaces, at most `MOST`; arrays of one shape."""
    return _each(occupancy, spaces, inverse=True)


def crowded_share(load: Floats, spaces: Ints) -> Floats:
    """Share of the time in which at least 90 % of the spaces are taken, for loads as a share of the spaces; arrays of one shape.

    A day whose demand rises and falls is crowded longer than this steady stream: good for differences, and for want of anything measured.
    """
    found = np.empty(np.broadcast(load, spaces).shape)
    load, spaces = np.broadcast_arrays(load, spaces)
    for count in np.unique(spaces):
        chosen = spaces == count
        found[chosen] = np.interp(load[chosen], *_crowds(int(count)))
    return found


def _each(values: Floats, spaces: Ints, *, inverse: bool) -> Floats:
    found = np.empty(np.broadcast(values, spaces).shape)
    values, spaces = np.broadcast_arrays(values, spaces)
    for count in np.unique(spaces):
        loads, occupancies = _curve(int(count))
        chosen = spaces == count
        found[chosen] = (
            np.interp(values[chosen], occupancies, loads) if inverse else np.interp(values[chosen], loads, occupancies)
        )
    return found


@lru_cache(maxsize=4096)
def _crowds(spaces: int) -> tuple[Floats, Floats]:
    loads = np.linspace(0.0, MOST, _STEPS + 1)
    # The weights of so many vehicles, as logarithms, counted down from a full zone: each is `number / vehicles` of the one above.
    vehicles, weight = np.log(np.maximum(loads * spaces, _NOBODY)), np.zeros_like(loads)
    crowded, total = weight, weight
    for number in range(spaces, 0, -1):
        weight = weight + np.log(number) - vehicles
        total = np.logaddexp(total, weight)
        if number - 1 >= FULL * spaces:
            crowded = np.logaddexp(crowded, weight)
    return loads, np.exp(crowded - total)


@lru_cache(maxsize=4096)
def _curve(spaces: int) -> tuple[Floats, Floats]:
    loads = np.linspace(0.0, MOST, _STEPS + 1)
    vehicles = loads * spaces
    lost = np.ones_like(loads)
    for count in range(1, spaces + 1):
        lost = vehicles * lost / (count + vehicles * lost)
    return loads, loads * (1.0 - lost)
