"""An independent oracle: counts every second of a stay by itself, slowly, with none of the calculator's arithmetic."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pricing.fees.model import Stay, Usage
from pricing.rates.model import RateLine, RateTable


def amount_by_seconds(table: RateTable, stay: Stay, usage: Usage) -> int:
    """The fee in minor units for a stay whose ends are whole seconds."""
    zone = ZoneInfo(table.timezone)
    seconds = [
        at for at in _seconds(stay.start, stay.end) if not any(at in uncharged.span for uncharged in stay.uncharged)
    ]
    free_s = table.free.seconds if table.free else 0
    used = Counter(dict(usage.quota_s))
    by_quota: set[datetime] = set()
    quota = table.energy_quota
    if quota and stay.energy == "nev" and len(seconds) > free_s:
        for at in seconds:
            day = at.astimezone(zone).date()
            if used[day] < quota.seconds_a_day:
                used[day] += 1
                by_quota.add(at)
    free: set[datetime] = set()
    if table.free and (table.free.when_exceeded == "deducted" or len(seconds) <= free_s):
        stacked = by_quota and quota and quota.stacks_on_free
        free = set([at for at in seconds if at not in by_quota][:free_s] if stacked else seconds[:free_s])
    counted: Counter[tuple[str, object]] = Counter()
    lines: dict[str, RateLine] = {}
    for at in seconds:
        if at in by_quota or at in free:
            continue
        line, occurrence = _line_at(table, stay, at.astimezone(zone))
        lines[line.rule_id] = line
        counted[line.rule_id, occurrence] += 1
    total = 0
    for (rule, _), count in counted.items():
        line = lines[rule]
        if line.mode == "per_use":
            total += line.unit_price
        elif line.mode == "per_unit" and line.unit_s is not None:
            total += (count + line.unit_s - 1) // line.unit_s * line.unit_price
    return total


def _seconds(start: datetime, end: datetime) -> list[datetime]:
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    return [start + timedelta(seconds=n) for n in range(int((end - start).total_seconds()))]


def _line_at(table: RateTable, stay: Stay, local: datetime) -> tuple[RateLine, object]:
    clock = local.time().replace(tzinfo=None)
    for line in table.lines_for(stay.area_class, stay.kind, stay.vehicle_class):
        if line.start < line.end:
            if line.start <= clock < line.end:
                return line, local.date()
        elif clock >= line.start:
            return line, local.date()
        elif clock < line.end:
            return line, local.date() - timedelta(days=1)
    raise AssertionError("no line covers the second")
