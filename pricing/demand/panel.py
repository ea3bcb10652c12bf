r"""What a history and a record of lotteries say together: one row a cell and wave, as arrays.

A row holds how the logarithm of the load changed from the period before a wave to the one after it, how the cell's price and its neighbours' did, and the
instruments: :math:`(z - \pi) d`, with :math:`z` whether the lottery let the move take effect, :math:`\pi` its chance and :math:`d` the logarithm of the
move that was wanted. Chance alone moves them, whatever the occupancy was that made somebody want the move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from pricing.demand.assignment import Ints, redraw
from pricing.demand.experiment import Change, Group
from pricing.demand.load import Floats, crowded_share, load_of
from pricing.demand.uncertainty import log_load, log_load_sd
from pricing.history.periods import Period

if TYPE_CHECKING:
    from scipy.sparse import csr_array

OTHER_SD: Final = 0.05
"""What load changes by from one period to the next beside what few hours explain: no row weighs more than this allows."""
Name = TypeVar("Name")


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Rows of all waves; arrays by row."""

    groups: tuple[Group, ...]
    group: Ints
    zone: Ints
    """The cluster: prices are drawn by zone."""
    time: Ints
    """Wave × day type × band."""
    change: Floats
    """Of the logarithm of the load."""
    before: Floats
    """The same one period earlier; not a number where that period was not measured."""
    moved_before: Floats
    """Of the logarithm of the price, one period earlier; 0 where nothing is known of it or nothing was charged."""
    level: Floats
    """Logarithm of the load before the wave."""
    weight: Floats
    moved: Floats
    """Of the logarithm of the price."""
    wanted: Floats
    """The same if there had been no lottery; 0 outside it."""
    surprise: Floats
    """z − π."""
    units: "Units"
    near: "csr_array | None"
    """Row × row: each neighbour's part in the mean over the neighbours of a row; None where nobody asks for neighbours."""

    @property
    def instrument(self) -> Floats:
        return self.surprise * self.wanted

    def nearby(self, values: Floats) -> Floats:
        """Mean over the neighbours of each row, 0 where it has none."""
        found: Floats = np.zeros_like(values) if self.near is None else self.near @ values
        return found


@dataclass(frozen=True)
class Units:
    """Zones in lotteries, one for each wave; rows name theirs in `of`, −1 for none."""

    of: Ints
    block: Ints
    chance: Floats
    """Of moving now, by unit."""

    def redrawn(self, random: np.random.Generator, times: int) -> Floats:
        """(rows, times): z − π in so many other lotteries of the same kind."""
        is_now = np.zeros((times, len(self.block) + 1), dtype=np.bool_)
        for block in np.unique(self.block):
            members = np.flatnonzero(self.block == block)
            is_now[:, members] = redraw(self.block[members], float(self.chance[members[0]]), random, times)
        expected = np.append(self.chance, 0.0)
        found: Floats = (is_now - expected).T[self.of]
        return found


def panel_of(rows: Sequence[Change], area_class: Mapping[str, str], near: Sequence[tuple[str, str]]) -> Panel:
    """`near` are pairs of zones; empty where no distance is set."""
    groups, group = _numbered([(area_class[row.key.zone_id], row.key.band) for row in rows])
    _, zone = _numbered([row.key.zone_id for row in rows])
    _, time = _numbered([(row.after, row.key.day_type, row.key.band) for row in rows])
    level, sd = _loads([row.was for row in rows])
    then, _ = _loads([row.then for row in rows])
    earlier, _ = _loads([row.earlier or row.was for row in rows])
    has_earlier = np.array([row.earlier is not None for row in rows], dtype=np.bool_)
    lots = [row.lot for row in rows]
    return Panel(
        groups=tuple(groups),
        group=group,
        zone=zone,
        time=time,
        change=then - level,
        before=np.where(has_earlier, level - earlier, np.nan),
        moved_before=np.array([_moved(row.earlier, row.was) for row in rows]),
        level=level,
        weight=1.0 / (sd**2 + OTHER_SD**2),
        moved=np.array([np.log(row.then.price / row.was.price) for row in rows]),
        wanted=np.array([np.log(lot.wanted / lot.price) if lot else 0.0 for lot in lots]),
        surprise=np.array([lot.is_now - lot.chance if lot else 0.0 for lot in lots]),
        units=_units(rows),
        near=_nearness(rows, near),
    )


def _loads(periods: Sequence[Period]) -> tuple[Floats, Floats]:
    """Logarithm of the load and its standard deviation."""
    occupancy = np.array([row.occupancy for row in periods])
    spaces = np.array([row.spaces for row in periods], dtype=np.int64)
    hours = np.array([row.hours for row in periods])
    measured = np.array([np.nan if row.full_share is None else row.full_share for row in periods])
    # As crowded as a steady stream makes it, where that was not measured.
    full = np.where(np.isnan(measured), crowded_share(load_of(occupancy, spaces), spaces), measured)
    return log_load(occupancy, spaces), log_load_sd(occupancy, spaces, hours, full)


def _moved(earlier: Period | None, was: Period) -> float:
    return 0.0 if earlier is None or earlier.price == 0 else float(np.log(was.price / earlier.price))


def _units(rows: Sequence[Change]) -> Units:
    names = [(row.after, row.key.zone_id) if row.lot else None for row in rows]
    units, of = _numbered([name for name in names if name is not None])
    place = np.full(len(rows), -1, dtype=np.int64)
    place[[name is not None for name in names]] = of
    lot_of = {(row.after, row.key.zone_id): row.lot for row in rows if row.lot}
    lots = [lot_of[unit] for unit in units]
    _, block = _numbered([(lot.after, lot.block) for lot in lots])
    return Units(place, block, np.array([lot.chance for lot in lots]))


def _nearness(rows: Sequence[Change], near: Sequence[tuple[str, str]]) -> "csr_array | None":
    if not near:
        return None
    from scipy.sparse import csr_array, diags_array  # noqa: PLC0415 - slow to load, and only an estimate needs it

    at = {(row.after, *row.key): number for number, row in enumerate(rows)}
    beside: dict[str, list[str]] = {}
    for a, b in near:
        beside.setdefault(a, []).append(b)
        beside.setdefault(b, []).append(a)
    pairs = [
        (number, at[row.after, other, row.key.day_type, row.key.band])
        for number, row in enumerate(rows)
        for other in beside.get(row.key.zone_id, ())
        if (row.after, other, row.key.day_type, row.key.band) in at
    ]
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    joined = csr_array((np.ones(len(pairs)), (left, right)), shape=(len(rows), len(rows)))
    count = np.maximum(joined.sum(axis=1), 1.0)
    found: csr_array = (diags_array(1.0 / count) @ joined).tocsr()
    return found


def _numbered(names: Sequence[Name]) -> tuple[list[Name], Ints]:
    """The different names in the order of first appearance, and the number of each."""
    number: dict[Name, int] = {}
    found = np.array([number.setdefault(name, len(number)) for name in names], dtype=np.int64)
    return list(number), found
