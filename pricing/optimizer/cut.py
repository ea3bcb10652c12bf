r"""The cheapest prices under difference limits, exactly, as a minimum cut.

Of each cell the prices it may have are a chain of nodes :math:`z_{ck} = [p_c \ge v_{ck}]`; to take price :math:`k` cuts the edge
that costs :math:`d_{ck}`, whatever the shape of the costs. A limit :math:`p_i - p_j \le D` is an edge that cannot be cut:
where :math:`z_{ik}` holds, :math:`z_{jq}` holds for the first :math:`v_{jq} \ge v_{ik} - D`. A flow of scipy (Dinic) finds the cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNCUT: Final = 2**30
"""Above every sum of costs; with a whole flow on top of it still within the 32 bits of a capacity."""
RESOLUTION: Final = 1.0e9
"""Costs are scaled so that the dearest choices of all cells sum up to this."""


@dataclass(frozen=True)
class Choices:
    """The prices each cell may have, flat: those of cell `c` are `values[offsets[c]:offsets[c + 1]]`, rising, at least one."""

    values: Ints
    offsets: Ints

    @property
    def cells(self) -> Ints:
        """The cell of each flat place."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def kept(self, places: npt.NDArray[np.bool_]) -> "Choices | None":
        """Only these flat places; None where a cell would be left without a price."""
        counts = np.add.reduceat(places.astype(np.int64), self.offsets[:-1])
        if not counts.all():
            return None
        return Choices(self.values[places], np.concatenate([[0], np.cumsum(counts)]))


@dataclass(frozen=True)
class Differences:
    """Limits `price[higher] - price[lower] <= most`, one an entry."""

    higher: Ints
    lower: Ints
    most: Ints


@dataclass(frozen=True)
class Cut:
    """Flat places of the chosen prices, one a cell, and what no prices that obey the limits can cost less than.

    The two differ by the scaling of costs to integers: by less than a cell's share of 1e-9 of the sum of all dearest choices.
    """

    places: Ints
    bound: float
    reduced: Floats
    """Costs by flat place with each limit priced at what it is worth (the flow over its edge): of these the cheapest of every cell
    by itself sum up to `bound`, and prices that obey the limits cost no more by them than by the costs themselves.
    True where `narrowed` left no limit that a cell must obey whatever the others do."""


def cheapest(choices: Choices, costs: Floats, limits: Differences) -> Cut | None:
    """None where the limits contradict each other; `costs` by flat place."""
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow  # noqa: PLC0415 - slow to load, only needed here

    if least(choices, limits) is None:
        return None
    offsets, cells = choices.offsets, choices.cells
    lowest = np.minimum.reduceat(costs, offsets[:-1])
    above = costs - lowest[cells]
    dearest = float(np.maximum.reduceat(above, offsets[:-1]).sum())
    scale = RESOLUTION / dearest if dearest > 0.0 else 1.0
    # Rounded down, so that the flow stays below what the prices really cost.
    capacity = np.floor(above * scale).astype(np.int64)
    graph = _graph(choices, capacity, limits)
    sink = graph.shape[0] - 1
    flow = maximum_flow(graph, 0, sink)
    left = graph.astype(np.int64) - flow.flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = np.zeros(sink + 1, dtype=np.int64)
    reached[breadth_first_order(left, 0, return_predecessors=False)] = 1
    above_first = np.concatenate([[0], np.cumsum(reached[1:sink])])
    ends = offsets - np.arange(len(offsets))
    places = offsets[:-1] + above_first[ends[1:]] - above_first[ends[:-1]]
    reduced = costs + _worth(choices, flow.flow) / scale
    return Cut(places, float(lowest.sum()) + flow.flow_value / scale, reduced)


def narrowed(choices: Choices, limits: Differences) -> npt.NDArray[np.bool_] | None:
    """Which flat places some prices that obey all limits may use, as far as bounds tell; None where none obey them."""
    lowest = least(choices, limits)
    size, cells = len(choices.values), len(choices.offsets) - 1
    mirrored = Choices(-choices.values[::-1], size - choices.offsets[::-1])
    turned = least(mirrored, Differences(cells - 1 - limits.lower, cells - 1 - limits.higher, limits.most))
    if lowest is None or turned is None:
        return None
    place, highest = np.arange(size), (size - 1 - turned)[::-1]
    within: npt.NDArray[np.bool_] = (place >= lowest[choices.cells]) & (place <= highest[choices.cells])
    return within


def least(choices: Choices, limits: Differences) -> Ints | None:
    """Flat places of the lowest prices that obey all limits, which exist where any do; None where none do."""
    places, _, failing = raised(choices, limits)
    return places if failing is None else None


def raised(choices: Choices, limits: Differences) -> tuple[Ints, Ints, int | None]:
    """Each cell raised from its lowest price as far as the limits ask.

    Flat places; by cell the one that raised it last (−1 for none); and the first limit that no price of its lower cell meets.
    """
    keys, key_of = _keys(choices, limits)
    places = choices.offsets[:-1].copy()
    raiser = np.full(len(places), -1)
    while True:
        asked = choices.values[places[limits.higher]] - limits.most
        wanted = np.searchsorted(keys, key_of(limits.lower, asked))
        failing = np.flatnonzero(wanted >= choices.offsets[limits.lower + 1])
        if len(failing):
            return places, raiser, int(failing[0])
        higher = places.copy()
        np.maximum.at(higher, limits.lower, wanted)
        moved = higher[limits.lower] > places[limits.lower]
        if not moved.any():
            return places, raiser, None
        moved &= wanted == higher[limits.lower]
        raiser[limits.lower[moved]] = limits.higher[moved]
        places = higher


def _keys(choices: Choices, limits: Differences) -> tuple[Ints, Callable[[Ints, Ints], Ints]]:
    """One rising number for each flat place, and that of a cell and any price that a limit may ask for."""
    slack = int(np.abs(limits.most).max(initial=0)) + 1
    base = int(choices.values.min()) - slack
    span = int(choices.values.max()) + slack - base + 1

    def key_of(cells: Ints, prices: Ints) -> Ints:
        return cells * span + (prices - base)

    return key_of(choices.cells, choices.values), key_of


def _graph(choices: Choices, capacity: Ints, limits: Differences):  # type: ignore[no-untyped-def]  # noqa: ANN202 - scipy has no types
    """Node 0 is the source; the node of flat place f of cell c, but for each cell's first, is f − c; the sink is the last."""
    from scipy.sparse import coo_array  # noqa: PLC0415 - as above

    offsets, cells = choices.offsets, choices.cells
    places = np.arange(len(choices.values))
    first, last = np.zeros(len(places), dtype=np.bool_), np.zeros(len(places), dtype=np.bool_)
    first[offsets[:-1]] = True
    last[offsets[1:] - 1] = True
    node = places - cells
    sink = len(places) - (len(offsets) - 1) + 1
    start, end = np.where(first, 0, node), np.where(last, sink, node + 1)
    single = first & last
    chain = (start[~single], end[~single], capacity[~single])
    inner = ~first & ~last
    back = (node[inner] + 1, node[inner], np.full(int(inner.sum()), UNCUT))
    joined = _limited(choices, node, sink, limits)
    rows, columns, values = (np.concatenate(parts) for parts in zip(chain, back, joined, strict=True))
    graph = coo_array((values.astype(np.int64), (rows, columns)), shape=(sink + 1, sink + 1)).tocsr()
    graph.data = np.minimum(graph.data, UNCUT)
    return graph.astype(np.int32)


def _worth(choices: Choices, flow) -> Floats:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as above
    """By flat place, what the flow over the edges between cells adds to its cost: all that leaves the nodes up to it, less all that enters."""
    first = np.zeros(len(choices.values), dtype=np.bool_)
    first[choices.offsets[:-1]] = True
    place = np.flatnonzero(~first)
    edges = flow.tocoo()
    row, column = edges.row - 1, edges.col - 1
    between = (edges.data > 0) & (row >= 0) & (column >= 0) & (row < len(place)) & (column < len(place))
    start, end, amount = place[row[between]], place[column[between]], edges.data[between].astype(np.float64)
    apart = choices.cells[start] != choices.cells[end]
    size = len(choices.values)
    leaving = np.bincount(start[apart], weights=amount[apart], minlength=size)
    entering = np.bincount(end[apart], weights=amount[apart], minlength=size)
    net = np.cumsum(leaving - entering)
    worth: Floats = net - net[choices.offsets[:-1]][choices.cells]
    return worth


def _limited(choices: Choices, node: Ints, sink: int, limits: Differences) -> tuple[Ints, Ints, Ints]:
    """Edges that cannot be cut, for every price of the higher cell of every limit."""
    offsets = choices.offsets
    counts = np.diff(offsets)[limits.higher]
    entry = np.repeat(np.arange(len(limits.higher)), counts)
    within = np.arange(len(entry)) - np.repeat(np.cumsum(counts) - counts, counts)
    place, lower = offsets[limits.higher][entry] + within, limits.lower[entry]
    keys, key_of = _keys(choices, limits)
    found = np.searchsorted(keys, key_of(lower, choices.values[place] - limits.most[entry]))
    start = np.where(within == 0, 0, node[place])
    end = np.where(found >= offsets[lower + 1], sink, node[np.minimum(found, len(node) - 1)])
    asks = found > offsets[lower]
    return start[asks], end[asks], np.full(int(asks.sum()), UNCUT, dtype=np.int64)
