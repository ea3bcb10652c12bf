"""The fee of a stay: a pure function of rate table, stay and usage, the one code path of quote, bill and simulation.

In order: the time that does not accrue is taken out; then what is free (the allowance at the beginning of the stay,
the daily quota of new-energy vehicles); the rest is counted in whole seconds per daily segment of the table, where a
started unit is a unit and a per-use price is due once per occurrence of its segment.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from parking.domain.clock import to_micros
from parking.domain.money import Money
from pricing.fees.intervals import Interval, clip, first, length, subtract, without
from pricing.fees.local_time import days, occurrences, zone_of
from pricing.fees.model import Fee, FeeLine, FeeRefusedError, Stay, Usage
from pricing.rates.model import EnergyQuota, FreeAllowance, RateLine, RateTable

_SECOND: Final = 1_000_000


def price(table: RateTable, stay: Stay, usage_before: Usage | None = None) -> Fee:
    """Price a stay under a table.

    Raises `FeeRefusedError` with code `stay_invalid` for a span that ends before it starts or has no zone,
    `rate_missing` where the table has no price for the place and vehicle or for a part of the day.
    """
    start, end = _whole_seconds(stay)
    rates = table.lines_for(stay.area_class, stay.kind, stay.vehicle_class)
    if not rates:
        raise FeeRefusedError(
            f"{table.rate_table_id} has no price for class {stay.area_class}, {stay.kind}, {stay.vehicle_class}",
            code="rate_missing",
        )
    zone = zone_of(table.timezone)
    usage = usage_before or Usage()
    accrued, lines = _accrued(start, end, stay)
    quota_part, usage_after = _quota(table, stay, accrued, usage, zone)
    free_part = _free(table.free, table.energy_quota, accrued, quota_part)
    lines += [
        _nothing(part, "energy_quota", "新能源车每日免费时长 / daily free time of new-energy vehicles")
        for part in quota_part
    ]
    lines += [_nothing(part, "free_allowance", "免费时段 / free time at the beginning") for part in free_part]
    charged = without(without(accrued, quota_part), free_part)
    lines += _charge(rates, charged, zone)
    lines.sort(key=lambda line: line.start)
    return Fee(
        amount=Money(sum(line.amount for line in lines), table.currency),
        lines=tuple(lines),
        usage_after=usage_after,
    )


def _whole_seconds(stay: Stay) -> tuple[int, int]:
    """A begun second at either end is not counted: doubt favours the driver."""
    if stay.start.tzinfo is None or stay.end.tzinfo is None or stay.end < stay.start:
        raise FeeRefusedError(
            "a stay needs two instants with a zone, the end not before the start", code="stay_invalid"
        )
    start = -(-to_micros(stay.start) // _SECOND)
    return start, max(start, to_micros(stay.end) // _SECOND)


def _accrued(start: int, end: int, stay: Stay) -> tuple[list[Interval], list[FeeLine]]:
    accrued: list[Interval] = [(start, end)] if start < end else []
    lines: list[FeeLine] = []
    for uncharged in stay.uncharged:
        low = to_micros(uncharged.span.start) // _SECOND
        high = end if uncharged.span.end is None else -(-to_micros(uncharged.span.end) // _SECOND)
        lines += [_nothing(part, "not_accruing", uncharged.why) for part in clip(accrued, low, high)]
        accrued = subtract(accrued, low, high)
    return accrued, lines


def _quota(
    table: RateTable, stay: Stay, accrued: Sequence[Interval], usage: Usage, zone: ZoneInfo
) -> tuple[list[Interval], Usage]:
    quota = table.energy_quota
    short = table.free is not None and length(accrued) <= table.free.seconds
    if quota is None or stay.energy != "nev" or short or not accrued:
        return [], usage
    used = dict(usage.quota_s)
    parts: list[Interval] = []
    for day, (low, high) in days(accrued[0][0], accrued[-1][1], zone):
        granted = first(clip(accrued, low, high), quota.seconds_a_day - used.get(day, 0))
        if granted:
            used[day] = used.get(day, 0) + length(granted)
            parts += granted
    return parts, Usage(quota_s=used)


def _free(
    free: FreeAllowance | None, quota: EnergyQuota | None, accrued: Sequence[Interval], quota_part: Sequence[Interval]
) -> list[Interval]:
    if free is None or (free.when_exceeded == "lost" and length(accrued) > free.seconds):
        return []
    if quota_part and quota is not None and quota.stacks_on_free:
        return first(without(accrued, quota_part), free.seconds)
    return without(first(accrued, free.seconds), quota_part)


def _charge(rates: Sequence[RateLine], charged: Sequence[Interval], zone: ZoneInfo) -> list[FeeLine]:
    if not charged:
        return []
    lines: list[FeeLine] = []
    priced = 0
    for rate in rates:
        for low, high in occurrences(charged[0][0], charged[-1][1], rate.start, rate.end, zone):
            part = clip(charged, low, high)
            if part:
                priced += length(part)
                lines.append(_priced(rate, part))
    if priced != length(charged):
        raise FeeRefusedError(
            "the table leaves a part of the day without a price, or prices it twice", code="rate_missing"
        )
    return lines


def _priced(rate: RateLine, part: Sequence[Interval]) -> FeeLine:
    seconds = length(part)
    if rate.mode == "per_unit" and rate.unit_s is not None:
        quantity = -(-seconds // rate.unit_s)
        why = f"{rate.unit_s // 60} 分钟一计 / per started {rate.unit_s // 60} min"
    elif rate.mode == "per_use":
        quantity, why = 1, "按次 / per use"
    else:
        quantity, why = 0, "本时段免费 / free at this time"
    return FeeLine(
        start=_at(part[0][0]),
        end=_at(part[-1][1]),
        rule=rate.rule_id,
        quantity=quantity,
        unit_price=rate.unit_price,
        amount=quantity * rate.unit_price,
        why=why,
    )


def _nothing(part: Interval, rule: str, why: str) -> FeeLine:
    low, high = part
    return FeeLine(start=_at(low), end=_at(high), rule=rule, quantity=high - low, unit_price=0, amount=0, why=why)


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
