"""Hours that no line prices, and hours that two lines price: a second on each side of every edge is priced.

What is free at the beginning, quotas and exemptions would hide a gap, so that the probes are priced without them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars
from parking.domain.time_span import TimeSpan
from pricing.fees.model import Stay
from pricing.fees.plan import plan_of
from pricing.rates.model import Activity, RateLineCollection, RateTable
from pricing.rates.words import Said
from pricing.validation.days import SampleDays
from pricing.validation.model import Finding, Probe
from pricing.validation.probing import edges_of_day, is_for_someone, probed, stay_in

_WORDS = {
    "rate_missing": Said("没有任何计费规则", "no line holds"),
    "rate_ambiguous": Said("有两条计费规则", "two lines hold"),
}


@dataclass(frozen=True)
class _Hours:
    """A span of wall times in which something is wrong, on the day on which it was found first."""

    code: str
    activity: Activity
    start: str
    end: str


def coverage(table: RateTable, days: SampleDays, calendars: Calendars, zone: ZoneInfo) -> Iterator[Finding]:
    """Findings `rate_missing` and `rate_ambiguous`, one for each collection and span of wall times."""
    for number, collection in enumerate(table.collections):
        if not collection.lines or not is_for_someone(collection):
            continue
        bare = _bare(table, collection)
        found: dict[_Hours, list[tuple[date, Probe]]] = {}
        for day in days.of(collection):
            for activity in _activities(table, collection):
                for hours, probe in _wrong(bare, day, activity, calendars, zone):
                    found.setdefault(hours, []).append((day, probe))
        for hours, where in found.items():
            yield _finding(bare, number, hours, where, days, calendars)


def _bare(table: RateTable, collection: RateLineCollection) -> RateTable:
    only = replace(collection, free=None, caps=(), short_stay=None, short_parts=(), entry_fee=0)
    return replace(table, collections=(only,), quotas=(), exemptions=(), charging=None)


def _activities(table: RateTable, collection: RateLineCollection) -> tuple[Activity, ...]:
    is_free = table.charging is not None and table.charging.while_charging == "free"
    if is_free or all(line.activity is None for line in collection.lines):
        return ("parked",)
    return ("parked", "charging")


def _wrong(
    bare: RateTable, day: date, activity: Activity, calendars: Calendars, zone: ZoneInfo
) -> Iterator[tuple[_Hours, Probe]]:
    spans: list[tuple[int, int, str, Probe]] = []
    for low, high in pairwise(edges_of_day(bare.collections[0], day, zone)):
        first, last = (_second(bare, at, activity, calendars, zone) for at in (low, high - 1))
        probe = first if first.refusal in _WORDS else last
        if probe.refusal not in _WORDS:
            continue
        if spans and spans[-1][1] == low and spans[-1][2] == probe.refusal:
            spans[-1] = (spans[-1][0], high, *spans[-1][2:])
        else:
            spans.append((low, high, probe.refusal or "", probe))
    for low, high, code, probe in spans:
        yield _Hours(code, activity, _clock(low, zone), _clock(high, zone, is_end=True)), probe


def _second(bare: RateTable, at: int, activity: Activity, calendars: Calendars, zone: ZoneInfo) -> Probe:
    stay: Stay = stay_in(bare.collections[0], at, 1, zone=zone)
    if activity == "charging":
        stay = replace(stay, charging=(TimeSpan(stay.start, stay.end),))
    return probed(bare, stay, calendars)


def _clock(at: int, zone: ZoneInfo, *, is_end: bool = False) -> str:
    clock = datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%H:%M:%S").removesuffix(":00")
    return "24:00" if is_end and clock == "00:00" else clock


def _finding(
    bare: RateTable,
    number: int,
    hours: _Hours,
    where: list[tuple[date, Probe]],
    days: SampleDays,
    calendars: Calendars,
) -> Finding:
    collection = bare.collections[0]
    day, probe = where[0]
    lines = _holding(bare, probe.stay.start, hours.activity, calendars) if hours.code == "rate_ambiguous" else []
    rules = [collection.lines[line].rule_id for line in lines]
    names = f": {', '.join(rules)}" if rules else ""
    # Where every day is alike, the kind of the one that was looked at would mislead.
    by_day = any(line.days for line in collection.lines)
    kinds = sorted({days.calendar.kind_of(one) for one, _ in where}) if by_day else []
    kinds_zh = "".join(f"、{_kind_zh(kind)}" for kind in kinds)
    at = f"{hours.start}–{hours.end}"
    charging = Said("充电时", "while charging ") if hours.activity == "charging" else Said("", "")
    says = Said(
        f"{at} {charging.zh}{_WORDS[hours.code].zh}(如 {day}{kinds_zh}){names}",
        f"{charging.en}{_WORDS[hours.code].en} {at} (such as {', '.join([str(day), *kinds])}){names}",
    )
    return Finding(
        code=hours.code,
        severity="error",
        path=("collection", number, *(("line", lines[-1]) if lines else ())),
        says=says,
        collection=collection.collection_id,
        rule=rules[-1] if rules else None,
        probes=(probe,),
    )


def _kind_zh(kind: Literal["workday", "restday", "holiday"]) -> str:
    return {"workday": "工作日", "restday": "休息日", "holiday": "节假日"}[kind]


def _holding(bare: RateTable, start: datetime, activity: Activity, calendars: Calendars) -> list[int]:
    """Positions of the lines that hold at an instant."""
    second, ordinal = int(start.timestamp()), start.date().toordinal()
    (plan,) = plan_of(bare, calendars, bare.timezone, bare.calendar).collections
    return [
        position
        for position, line in enumerate(plan.lines)
        if line.rate.activity in {None, activity}
        and any(
            span is not None and span[0] <= second < span[1]
            for span in (line.occurrence(ordinal - 1), line.occurrence(ordinal))
        )
    ]
