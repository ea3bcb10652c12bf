"""Stays cut at the edges of a timeline, and the pieces put together again to the parts that lines charge.

All arrays hold one piece after another, in order of stay and time.
"""

from dataclasses import dataclass

import numpy as np

from pricing.fees.arrays.columns import Ints, Mask
from pricing.fees.arrays.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Pieces:
    """`[low, high)` of a stay within one span of the timeline; none is empty."""

    stay: Ints
    span: Ints
    low: Ints
    high: Ints

    def kept(self, mask: Mask) -> "Pieces":
        return Pieces(stay=self.stay[mask], span=self.span[mask], low=self.low[mask], high=self.high[mask])


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Runs of pieces that one line charges together."""

    first: Ints
    """Place of each part's first piece."""
    of: Ints
    """The part of each piece."""
    stay: Ints
    line: Ints
    length: Ints

    def linked(self, link: Mask, line: Ints) -> "Parts":
        """Join each part that `link` marks to the one before it; `line` is what then charges each of the old parts."""
        kept = ~link
        number = np.cumsum(kept) - 1
        first = np.flatnonzero(kept)
        return Parts(
            first=self.first[first],
            of=number[self.of],
            stay=self.stay[first],
            line=line[first],
            length=np.add.reduceat(self.length, first),
        )


def cut(timeline: Timeline, start: Ints, end: Ints) -> Pieces:
    """Cut `[start, end)` of every stay at the edges; the stays are not empty."""
    first_span = timeline.spans_at(start)
    count = timeline.spans_at(end - 1) - first_span + 1
    after = np.cumsum(count)
    first = after - count
    stay = np.repeat(np.arange(len(start)), count)
    span = np.arange(len(stay)) + np.repeat(first_span - first, count)
    low, high = timeline.edges[span], timeline.edges[span + 1]
    low[first] = start
    high[after - 1] = end
    return Pieces(stay=stay, span=span, low=low, high=high)


def cut_from(pieces: Pieces, origin: Ints, window_s: int) -> Pieces:
    """Cut pieces once more, every `window_s` seconds from `origin`, which is given by stay."""
    since = origin[pieces.stay]
    first_window = (pieces.low - since) // window_s
    count = (pieces.high - 1 - since) // window_s - first_window + 1
    if not len(count) or count.max() == 1:
        return pieces
    after = np.cumsum(count)
    place = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(place)) - np.repeat(after - count, count) + first_window[place]
    begins = since[place] + number * window_s
    return Pieces(
        stay=pieces.stay[place],
        span=pieces.span[place],
        low=np.maximum(pieces.low[place], begins),
        high=np.minimum(pieces.high[place], begins + window_s),
    )


def parts_of(pieces: Pieces, line: Ints, segment: Ints, whole: Mask | None) -> Parts:
    """Join neighbouring pieces of one stay and segment. Stays that `whole` marks become one part of their first line."""
    begins = np.ones(len(line), dtype=np.bool_)
    new_stay = pieces.stay[1:] != pieces.stay[:-1]
    begins[1:] = segment[1:] != segment[:-1]
    if whole is not None:
        begins[1:] &= ~whole[pieces.stay[1:]]
    begins[1:] |= new_stay
    first = np.flatnonzero(begins)
    return Parts(
        first=first,
        of=np.cumsum(begins) - 1,
        stay=pieces.stay[first],
        line=line[first],
        length=np.add.reduceat(pieces.high - pieces.low, first),
    )
