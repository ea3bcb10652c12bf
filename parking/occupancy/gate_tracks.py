"""Who is inside by plate or ticket, where passages can be matched: a count that no miss drags along. Pure.

A vehicle whose entry was seen and whose exit was not is either still inside, or its exit was missed. With S(t) the share of
visits that last longer than t and m the share of exits that are missed, one that came in t ago is inside with probability

    S(t) / (S(t) + (1 - S(t)) m)

so one that has been there for longer than anybody stays is hardly counted. Those that came in unseen are as many for each seen
one as `GateCount.missed_in` says. Every miss is forgotten once its vehicle would have left, which makes this an anchor.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from parking.occupancy.gate_counts import DAY, HOUR, SECOND, GateCount, anchored, missed_share

LOOK_EVERY: Final = HOUR
REMEMBERED: Final = 7 * DAY
"""Who came in longer ago is not looked for."""
_SETTLED: Final = 2 * DAY
"""Vehicles that were inside before the first report have left by then, but for a few."""
_MATCHED: Final = 0.8
"""Share of exits that must find their entry; fewer, and plates and tickets are not what connects a visit."""
_KNOWN: Final = 50.0
"""Visits whose length must be known."""
_FADES: Final = 0.998
"""Of a visit's weight at each look: three weeks are half forgotten in two."""
_BLOCK: Final = 3 * HOUR
_BLOCKS: Final = DAY // _BLOCK
"""Who comes in the evening stays for the night, who comes at noon does not: lengths are kept by the hour of coming."""
_LIKE_ALL: Final = 10.0
"""Visits that each block has as if from the whole day."""
_UNLIKE: Final = 0.08
"""Share of those inside by which they may differ from the visits that are over: who stays for days is learnt of last."""
_MINUTES: Final = (10, 20, 30, 45, 60, 90, *range(120, 720, 60), *range(720, 2880, 120), *range(2880, 7200, 360))
_EDGES: Final = tuple(minutes * 60 * SECOND for minutes in _MINUTES)
"""Fine where many leave, and through two nights, because a resident who did not drive yesterday leaves this morning."""
_CLASSES: Final = len(_EDGES) + 1


Dwells = tuple[float, ...]
"""How many visits lasted how long, for each block of the day in which they began; empty at first."""


class Matches(NamedTuple):
    """What passages since the last look have found of each other, and who is inside; times in microseconds."""

    visits: Sequence[tuple[int, int]]
    """When each vehicle that has left came in, and when it left."""
    unmatched: int
    """Exits of vehicles that nobody saw come in."""
    returned: int
    """Entries of vehicles that were last seen to leave,"""
    repeated: int
    """and of those last seen to enter: their exit was missed."""
    inside: Sequence[int]
    """When those came in who were not seen to leave."""


def looked(count: GateCount, dwells: Dwells, found: Matches, at: int) -> tuple[GateCount, Dwells]:
    """Learn from the matches, and anchor the count to those who are known to be inside."""
    count, dwells = msgspec.structs.replace(count, looked_at=at), _learnt(dwells, found.visits)
    matched = len(found.visits)
    if at - count.begun_at < _SETTLED or matched < _MATCHED * (matched + found.unmatched):
        return count, dwells
    count = missed_share(count, "entry", found.unmatched, matched)
    count = missed_share(count, "exit", found.repeated, found.returned)
    if sum(dwells) < _KNOWN:
        return count, dwells
    inside, variance = _inside(count, dwells, found.inside, at)
    return anchored(count, inside, math.sqrt(variance), lasting=1.0 + _UNLIKE * inside), dwells


def _inside(count: GateCount, dwells: Dwells, entered: Iterable[int], at: int) -> tuple[float, float]:
    """Mean and variance of the vehicles inside."""
    missed = count.missed_out / (1 + count.missed_out)
    tails = [_tails(dwells, block) for block in range(_BLOCKS)]
    mean = variance = 0.0
    for entered_at in entered:
        longer = tails[entered_at // _BLOCK % _BLOCKS][bisect_right(_EDGES, at - entered_at)]
        inside = longer / (longer + (1 - longer) * missed) if longer else 0.0
        mean += inside
        variance += inside * (1 - inside)
    unseen = count.missed_in
    variance += mean * unseen * (1 + unseen) + mean * mean * count.spread[3]
    return mean * (1 + unseen), variance + 1.0


def _learnt(known: Dwells, visits: Iterable[tuple[int, int]]) -> Dwells:
    """Lengths of visits by class, for each block of the day in which they began; what lies many looks back counts less."""
    classes = [count * _FADES for count in known] or [0.0] * (_BLOCKS * _CLASSES)
    for entered_at, left_at in visits:
        block = entered_at // _BLOCK % _BLOCKS
        classes[block * _CLASSES + bisect_right(_EDGES, left_at - entered_at)] += 1
    return tuple(classes)


def _tails(dwells: Dwells, block: int) -> list[float]:
    """For an age in each class, the share of this block's visits that last longer: half of those within the class.

    A block with few visits is taken to be like the whole day.
    """
    whole = sum(dwells)
    numbers = [
        dwells[block * _CLASSES + place] + _LIKE_ALL * sum(dwells[place::_CLASSES]) / whole for place in range(_CLASSES)
    ]
    longer = total = sum(numbers)
    tails: list[float] = []
    for number in numbers:
        tails.append(max(0.0, (longer - number / 2) / total))
        longer -= number
    return tails
