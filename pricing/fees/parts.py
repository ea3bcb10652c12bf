"""Which line charges which seconds: the charged time of a collection in parts of one line each.

The rules are those of docs/tariffs.md, "Exact meaning", 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pricing.fees.accrual import Use
from pricing.fees.intervals import Interval, clip, length, without
from pricing.fees.model import FeeRefusedError
from pricing.fees.plan import CollectionPlan, LinePlan
from pricing.fees.refusals import refused
from pricing.fees.usage import moment
from pricing.rates.model import ChargingRule, RateLine, RateLineCollection, ShortPart

Uses = dict[Use, list[Interval]]
"""Charged seconds of one collection by what the vehicle does; a use without seconds is left out."""


@dataclass(slots=True)
class Part:
    """Charged seconds of one segment of one line."""

    rate: RateLine
    is_idle: bool
    spans: list[Interval]
    """Sorted and disjoint, not empty."""
    seconds: int
    has_neighbours: bool = False
    """Holds short parts of other segments."""


def parts_of(
    groups: dict[CollectionPlan, Uses], first_day: int, last_day: int, charging: ChargingRule | None
) -> list[Part]:
    """The parts in order of their first seconds; the days (ordinals) hold every charged second.

    Raises `FeeRefusedError`: `rate_missing` where no line holds at a charged second, `rate_ambiguous` where two do.
    """
    parts: list[Part] = []
    for plan, uses in groups.items():
        found: list[Part] = []
        for line in plan.lines:
            activity = line.rate.activity
            spans = _spans(uses, activity)
            if "idle" in uses and activity != "charging":
                if charging is not None and charging.surcharges(line.rate.rule_id):
                    _cut(found, line, uses["idle"], first_day, last_day, is_idle=True)
                else:
                    spans = sorted([*spans, *uses["idle"]])
            if spans:
                _cut(found, line, spans, first_day, last_day, is_idle=False)
        _require_one_line_each(plan, uses, found)
        parts += found
    parts.sort(key=_first_second)
    return parts


def joined(parts: list[Part], collection: RateLineCollection, seconds: int) -> list[Part]:
    """Short stays and short parts counted with their neighbours; `seconds` is the accruing time of the collection."""
    short = collection.short_stay
    if short is not None and len(parts) > 1 and seconds < short.below_s:
        whole = parts[0]
        for part in parts[1:]:
            _add(whole, part)
        parts = [whole]
    for rule in collection.short_parts:
        parts = _join(parts, rule)
    return parts


def _spans(uses: Uses, activity: str | None) -> Sequence[Interval]:
    if activity is not None:
        return uses.get("charging" if activity == "charging" else "parked", ())
    parked, charging = uses.get("parked"), uses.get("charging")
    return parked or charging or () if not (parked and charging) else sorted(parked + charging)


def _cut(
    found: list[Part], line: LinePlan, spans: Sequence[Interval], first_day: int, last_day: int, *, is_idle: bool
) -> None:
    whole_stay = line.rate.mode == "per_use" and line.rate.per == "stay"
    before = len(found)
    for low, high in line.segments(first_day, last_day):
        held = clip(spans, low, high)
        if not held:
            continue
        if whole_stay and len(found) > before:
            found[-1].spans += held
            found[-1].seconds += length(held)
        else:
            found.append(Part(line.rate, is_idle, held, length(held)))


def _join(parts: list[Part], rule: ShortPart) -> list[Part]:
    left: list[Part] = []
    waiting = list(reversed(parts))
    while waiting:
        part = waiting.pop()
        if part.rate.rule_id != rule.rule or part.seconds >= rule.below_s:
            left.append(part)
        elif left and left[-1].rate.rule_id == rule.added_to:
            _add(left[-1], part)
        elif waiting and waiting[-1].rate.rule_id == rule.added_to:
            _add(waiting[-1], part)
        else:
            left.append(part)
    return left


def _add(part: Part, other: Part) -> None:
    part.spans = sorted(part.spans + other.spans)
    part.seconds += other.seconds
    part.has_neighbours = True


def _require_one_line_each(plan: CollectionPlan, uses: Uses, parts: Sequence[Part]) -> None:
    charged = sorted(span for spans in uses.values() for span in spans)
    priced = sorted(span for part in parts for span in part.spans)
    overlap = next((second[0] for first, second in pairwise(priced) if second[0] < first[1]), None)
    if overlap is None and length(priced) == length(charged):
        return
    gap = next((low for low, _ in without(charged, priced)), None)
    if gap is not None and (overlap is None or gap < overlap):
        raise _refused(plan, "rate_missing", "no line holds", gap)
    raise _refused(plan, "rate_ambiguous", "two lines hold", overlap or 0)


def _refused(plan: CollectionPlan, code: str, what: str, second: int) -> FeeRefusedError:
    at = moment(second).isoformat()
    return refused(plan.table, code, f"{what} at {at}", collection=plan.collection.collection_id, at=at)


def _first_second(part: Part) -> int:
    return part.spans[0][0]
