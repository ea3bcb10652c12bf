"""Section 3 of the exact meaning: which line charges each second, and the parts that follow."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from itertools import pairwise

import numpy as np

from parking.calendar.official import OFFICIAL
from pricing.fees.model import LaterTable, Stay
from pricing.rates.model import RateLine, RateLineCollection, RateTable
from tests.pricing.fees.second_by_second.stay_seconds import StaySeconds, percents_at, refuse_unless_one
from tests.pricing.fees.second_by_second.wall_time import DAY_S, Mask, Seconds, second_of_wall

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SegmentKey = tuple[int, str, str, int, bool]
"""Version, collection and line, number of the segment, idle."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Charged seconds, in order, that one line prices together."""

    line: RateLine
    idle: bool
    at: Seconds


def parts_of(
    stay: StaySeconds, mask: Mask, entry: tuple[RateTable, RateLineCollection], later: tuple[LaterTable, ...], who: Stay
) -> list[Part]:
    """The parts of B_c in the order of their first second, before those that are short move."""
    found: dict[SegmentKey, list[Seconds]] = defaultdict(list)
    lines: dict[SegmentKey, RateLine] = {}
    collections = list(_collections_at(stay, mask, entry, later, who))
    of_collections = np.sum([of_collection for _, _, of_collection in collections], axis=0, dtype=np.int8)
    holding = np.where(of_collections > 1, np.int8(2), np.int8(0))
    for version, collection, of_collection in collections:
        for line in collection.lines:
            meets = of_collection & _activity_meets(line, stay)
            dearer = stay.idle & _idle_costs_more(entry[0], line)
            for start, end, segment in occurrences(line, entry[0], stay):
                span = slice(max(start - stay.start, 0), max(end - stay.start, 0))
                holding[span] += meets[span]
                for idle in (False, True):
                    key = (version, collection.collection_id, line.rule_id, segment, idle)
                    found[key].append(stay.at[span][meets[span] & (dearer[span] == idle)])
                    lines[key] = line
    refuse_unless_one(holding, mask)
    parts = [Part(line=lines[key], idle=key[4], at=np.concatenate(seconds)) for key, seconds in found.items()]
    return sorted((part for part in parts if len(part.at)), key=lambda part: int(part.at[0]))


def _idle_costs_more(table: RateTable, line: RateLine) -> bool:
    rule = table.charging
    return rule is not None and rule.idle_percent != 100 and (rule.idle_rules or {line.rule_id}) >= {line.rule_id}


def _collections_at(
    stay: StaySeconds, mask: Mask, entry: tuple[RateTable, RateLineCollection], later: tuple[LaterTable, ...], who: Stay
) -> Iterator[tuple[int, RateLineCollection, Mask]]:
    """Each collection whose lines charge some of the seconds, with these seconds."""
    yield 0, entry[1], mask & (stay.version == 0)
    for version, table in enumerate((one.table for one in later), start=1):
        of_version = mask & (stay.version == version)
        if of_version.any():
            for collection in table.collections:
                meets = np.array([percent is not None for percent in percents_at(stay, collection, who)])
                yield version, collection, of_version & meets[stay.place]


def _activity_meets(line: RateLine, stay: StaySeconds) -> Mask:
    if line.activity is None:
        return np.ones(len(stay.at), dtype=bool)
    return stay.charging if line.activity == "charging" else ~stay.charging


def occurrences(line: RateLine, table: RateTable, stay: StaySeconds) -> list[tuple[int, int, int]]:
    """Start, end and number of the segment of those that begin on a day of the stay, or on the day before."""
    spans: list[tuple[int, int, int]] = []
    for day in range(int(stay.local_day[0]) - 1, int(stay.local_day[-1]) + 1):
        if not _begins_on(line, table.calendar, day):
            continue
        to_day = day if line.start < line.end else day + 1
        start = second_of_wall(table.timezone, day * DAY_S + _of_day(line.start))
        end = second_of_wall(table.timezone, to_day * DAY_S + _of_day(line.end))
        if start >= end:
            continue
        segment = spans[-1][2] if spans else 0
        together = line.per == "stay" if line.mode == "per_use" else bool(spans) and spans[-1][1] == start
        spans.append((start, end, segment if together else segment + 1))
    return spans


def _of_day(wall: time) -> int:
    return wall.hour * 3600 + wall.minute * 60 + wall.second


def _begins_on(line: RateLine, country: str, day: int) -> bool:
    on = date(1970, 1, 1) + timedelta(days=day)
    return (
        (not line.days or bool(line.days & _names_of(country, on)))
        and (line.valid_from is None or line.valid_from <= on)
        and (line.valid_to is None or on <= line.valid_to)
    )


@cache
def _names_of(country: str, day: date) -> frozenset[str]:
    return frozenset({OFFICIAL(country).kind_of(day), WEEKDAYS[day.weekday()]})


def with_short_ones_moved(parts: list[Part], collection: RateLineCollection, length_s: int) -> list[Part]:
    """Apply `short_stay` and `short_parts`; `length_s` is that of A_c."""
    if collection.short_stay is not None and length_s < collection.short_stay.below_s and len(parts) > 1:
        parts = [_joined(parts[0], *parts[1:])]
    for rule in collection.short_parts:
        index = 0
        while index < len(parts):
            part = parts[index]
            if part.line.rule_id == rule.rule and len(part.at) < rule.below_s:
                if index > 0 and parts[index - 1].line.rule_id == rule.added_to:
                    parts = [*parts[: index - 1], _joined(parts[index - 1], part), *parts[index + 1 :]]
                    continue
                if index + 1 < len(parts) and parts[index + 1].line.rule_id == rule.added_to:
                    parts = [*parts[:index], _joined(parts[index + 1], part), *parts[index + 2 :]]
                    continue
            index += 1
    assert all(before.at[0] < after.at[0] for before, after in pairwise(parts))
    return parts


def _joined(target: Part, *others: Part) -> Part:
    seconds = np.sort(np.concatenate([target.at, *(other.at for other in others)]))
    return Part(line=target.line, idle=target.idle, at=seconds)
