"""What stays of one collection and percentage owe, before discount and rounding: arrays from end to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.fees.arrays.charges import Positions, running_sums, unpriced
from pricing.fees.arrays.columns import Ints, Mask
from pricing.fees.arrays.compiled import Compiled
from pricing.fees.arrays.limits import Cells, capped_total, paid_under
from pricing.fees.arrays.pieces import Parts, Pieces, cut, cut_from, parts_of
from pricing.fees.arrays.timeline import NO_LINE, Timeline
from pricing.rates.model import ShortPart

TIMED: Final = ("per_unit", "steps")


@dataclass(frozen=True, kw_only=True)
class Grants:
    """What is left of a quota, by stay: in the window of its first second, and in every later one; 0 without a part in it.

    Windows are local days, or follow one another by `window_s` from `origin`.
    """

    first: Ints
    others: Ints
    stacks_on_free: bool
    origin: Ints | None = None
    window_s: int = 0


@dataclass(frozen=True, kw_only=True)
class Owed:
    """By stay; where `deferred`, the arrays do not know."""

    total: Ints
    deferred: Mask


def owed_by(compiled: Compiled, timeline: Timeline, start: Ints, end: Ints, grants: Grants | None) -> Owed:
    """Price stays that are not empty, in 1/scale of a minor unit (with tax on top, in 1/10000 of that)."""
    total = np.zeros(len(start), dtype=np.int64)
    deferred = np.zeros(len(start), dtype=np.bool_)
    free_s = _free_seconds(compiled, end - start)
    if grants is None:
        charged = np.flatnonzero(start + free_s < end)
        pieces = cut(timeline, (start + free_s)[charged], end[charged])
        pieces = Pieces(stay=charged[pieces.stay], span=pieces.span, low=pieces.low, high=pieces.high)
    else:
        pieces = _ungranted(cut(timeline, start, end), timeline, start, free_s, grants)
    if not len(pieces.stay):
        return Owed(total=total, deferred=deferred)
    line = timeline.line[pieces.span]
    if (unknown := line == NO_LINE).any():
        deferred[pieces.stay[unknown]] = True
        pieces = pieces.kept(~deferred[pieces.stay])
        line = timeline.line[pieces.span]
    if len(pieces.stay):
        _price(compiled, timeline, _Stays(start=start, end=end, total=total, deferred=deferred), pieces)
    return Owed(total=total, deferred=deferred)


@dataclass(frozen=True, kw_only=True)
class _Stays:
    start: Ints
    end: Ints
    total: Ints
    deferred: Mask


def _free_seconds(compiled: Compiled, length: Ints) -> Ints:
    free = compiled.collection.free
    if free is None or (free.limit is not None and free.limit.entries < 1):
        return np.zeros_like(length)
    if free.when_exceeded == "deducted":
        return np.full_like(length, free.seconds)
    return np.where(length <= free.seconds, free.seconds, 0)


def _ungranted(pieces: Pieces, timeline: Timeline, start: Ints, free_s: Ints, grants: Grants) -> Pieces:
    """Take out what the quota grants at the beginning of each window, and what the allowance frees after or beside it."""
    if grants.origin is not None:
        pieces = cut_from(pieces, grants.origin, grants.window_s)
    stay = pieces.stay
    begins = start[stay]
    if grants.origin is None:
        window = timeline.day_start[pieces.span]
    else:
        window = pieces.low - (pieces.low - grants.origin[stay]) % grants.window_s
    room = np.where(window <= begins, grants.first[stay], grants.others[stay])
    low = np.maximum(pieces.low, np.maximum(window, begins) + room)
    if grants.stacks_on_free:
        left = np.maximum(pieces.high - low, 0)
        before = np.cumsum(left) - left
        first = np.flatnonzero(np.diff(stay, prepend=-1))
        before -= np.repeat(before[first], np.diff(np.append(first, len(stay))))
        low = low + np.maximum(free_s[stay] - before, 0)
    else:
        low = np.maximum(low, begins + free_s[stay])
    charged = low < pieces.high
    return Pieces(stay=stay[charged], span=pieces.span[charged], low=low[charged], high=pieces.high[charged])


def _price(compiled: Compiled, timeline: Timeline, stays: _Stays, pieces: Pieces) -> None:
    for rule in compiled.caps:
        if rule.cap.scope == "from_entry" and rule.cap.window_s is not None:
            pieces = cut_from(pieces, stays.start, rule.cap.window_s)
    parts = _joined(compiled, timeline, stays, pieces)
    if all(rule.cap.scope == "stay" for rule in compiled.caps):
        # Nothing cuts a part, so its end is the only position that counts.
        pieces, at_end = pieces.kept(_marks(parts.first, len(pieces.stay))), parts.length
        parts = Parts(
            first=np.arange(len(parts.first)),
            of=np.arange(len(parts.first)),
            stay=parts.stay,
            line=parts.line,
            length=parts.length,
        )
    else:
        passed = np.cumsum(pieces.high - pieces.low)
        before = passed[parts.first] - (pieces.high - pieces.low)[parts.first]
        at_end = passed - before[parts.of]
    line = parts.line[parts.of]
    cells = Cells(
        pieces=pieces,
        line=line,
        owed=_owed(compiled, stays, parts, line, at_end),
        day_start=timeline.day_start[pieces.span],
        entry=np.flatnonzero(np.diff(pieces.stay, prepend=-1)),
    )
    stays.total[pieces.stay[cells.entry]] = _paid(compiled, cells, stays.start)


def _marks(places: Ints, length: int) -> Mask:
    marks = np.zeros(length, dtype=np.bool_)
    marks[places] = True
    return marks


def _joined(compiled: Compiled, timeline: Timeline, stays: _Stays, pieces: Pieces) -> Parts:
    collection = compiled.collection
    whole = None
    if collection.short_stay is not None:
        whole = stays.end - stays.start < collection.short_stay.below_s
    parts = parts_of(pieces, timeline.line[pieces.span], timeline.segment[pieces.span], whole)
    names = [line.rule_id for line in collection.lines]
    for rule in collection.short_parts:
        parts = _join_short(rule, names, stays, parts)
    return parts


def _join_short(rule: ShortPart, names: Sequence[str], stays: _Stays, parts: Parts) -> Parts:
    is_short = (parts.line == names.index(rule.rule)) & (parts.length < rule.below_s)
    if not is_short.any():
        return parts
    same_stay = parts.stay[1:] == parts.stay[:-1]
    takes = parts.line == names.index(rule.added_to)
    before, after = np.zeros_like(is_short), np.zeros_like(is_short)
    before[1:] = is_short[1:] & takes[:-1] & same_stay
    after[:-1] = is_short[:-1] & takes[1:] & same_stay & ~before[:-1]
    # Two in a row are joined one after another, which rounds of arrays do not say.
    neighbours = is_short[1:] & is_short[:-1] & same_stay
    stays.deferred[parts.stay[1:][neighbours]] = True
    link = before.copy()
    link[1:] |= after[:-1]
    return parts.linked(link, np.where(before | after, names.index(rule.added_to), parts.line))


def _owed(compiled: Compiled, stays: _Stays, parts: Parts, line: Ints, at_end: Ints) -> Ints:
    """What each cell owes: the growth of its part's running sum."""
    owed = np.zeros(len(line), dtype=np.int64)
    facts = _facts(compiled, parts)
    for number, prices in enumerate(compiled.prices):
        if prices.line.mode == "free":
            continue
        here = np.flatnonzero(line == number)
        if not len(here):
            continue
        part = parts.of[here]
        at = Positions(
            position=at_end[here],
            length=parts.length[part],
            elapsed=facts.elapsed[part] if facts.elapsed is not None else parts.length[:0],
            is_last=facts.is_last[part] if facts.is_last is not None else np.empty(0, dtype=np.bool_),
            is_first_use=facts.is_first_use[part] if facts.is_first_use is not None else np.empty(0, dtype=np.bool_),
        )
        owed[here] = running_sums(prices, at)
        if prices.line.mode in ("tiers", "steps"):
            stays.deferred[parts.stay[part[unpriced(prices.line, at)]]] = True
    if len(parts.first) < len(line):
        owed[1:] -= np.where(parts.of[1:] == parts.of[:-1], owed[:-1], 0)
    return owed


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What some lines ask of parts; None where no line asks."""

    elapsed: Ints | None
    is_last: Mask | None
    is_first_use: Mask | None


def _facts(compiled: Compiled, parts: Parts) -> _Facts:
    lines = compiled.collection.lines
    first = np.flatnonzero(np.diff(parts.stay, prepend=-1))
    stay = np.cumsum(_marks(first, len(parts.stay))) - 1
    elapsed = is_last = is_first_use = None
    if any(line.mode == "steps" for line in lines):
        before = np.cumsum(parts.length) - parts.length
        elapsed = before - before[first][stay]
    if any(line.rounding == "up_at_end" for line in lines):
        timed = np.array([line.mode in TIMED for line in lines])[parts.line]
        number = np.where(timed, np.arange(len(stay)), -1)
        is_last = number == np.maximum.reduceat(number, first)[stay]
    if any(line.mode == "per_use" and line.per == "stay" for line in lines):
        key = stay * len(lines) + parts.line
        is_first_use = _marks(np.unique(key, return_index=True)[1], len(stay))
    return _Facts(elapsed=elapsed, is_last=is_last, is_first_use=is_first_use)


def _paid(compiled: Compiled, cells: Cells, start: Ints) -> Ints:
    weights, entry_fee = compiled.weights, compiled.entry_fee
    if len(compiled.caps) == 1 and weights is None:
        return capped_total(compiled.caps[0], cells, start, entry_fee)
    if not compiled.caps:
        due = cells.owed if weights is None else cells.owed * weights[cells.line]
        return np.add.reduceat(due, cells.entry) + entry_fee * compiled.entry_weight
    paid, entry = paid_under(compiled.caps, cells, start, entry_fee)
    due = paid if weights is None else paid * weights[cells.line]
    return np.add.reduceat(due, cells.entry) + entry * compiled.entry_weight
