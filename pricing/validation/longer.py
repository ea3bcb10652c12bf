"""Longer stays that cost less, and stays that a table refuses for their length: stays from one beginning, priced by length.

The number of probes is bounded for a table as a whole, so that a large one is looked at less closely in each collection.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars
from pricing.fees.model import Stay
from pricing.rates.model import Energy, RateLineCollection, RateTable, VehicleClass
from pricing.rates.words import Said, duration, money
from pricing.validation.days import SampleDays
from pricing.validation.lengths import beginnings, ends_at_edges, lengths
from pricing.validation.model import Finding, Probe
from pricing.validation.probing import is_for_someone, probed, stay_in

_PROBES = 8_000
_LEAST = 200


@dataclass(frozen=True, kw_only=True)
class _Case:
    """Who stays: as the collection's first vehicle, or as another that is treated differently."""

    vehicle_class: VehicleClass
    energy: Energy
    charging_space: bool


def longer(table: RateTable, days: SampleDays, calendars: Calendars, zone: ZoneInfo) -> Iterator[Finding]:
    """Findings `longer_costs_less` and `stay_too_long`, one of each for a collection: the first that is met."""
    served = [
        (number, collection)
        for number, collection in enumerate(table.collections)
        if collection.lines and is_for_someone(collection)
    ]
    for number, collection in served:
        only = replace(table, collections=(collection,))
        found: dict[str, Finding] = {}
        cases = _cases(table, collection)
        budget = max(_LEAST, _PROBES // len(served) // len(cases))
        for case in cases:
            for finding in _of_case(only, number, case, days.of(collection), budget, calendars, zone):
                found.setdefault(finding.code, finding)
        yield from found.values()


def _cases(table: RateTable, collection: RateLineCollection) -> list[_Case]:
    eligibility = collection.eligibility
    energies: list[Energy] = sorted(eligibility.energies) or ["fuel"]
    others = {energy for quota in table.quotas for energy in quota.energies} if not eligibility.energies else set()
    first, largest = eligibility.vehicles[0], max(eligibility.vehicles, key=lambda rate: rate.percent)
    idle = table.charging is not None and (not eligibility.uses or "charging" in eligibility.uses)
    cases = [
        _Case(vehicle_class=rate.vehicle_class, energy=energy, charging_space=charging_space)
        for rate, energy, charging_space in [
            (first, energies[0], False),
            *((first, energy, False) for energy in sorted({*energies[1:], *others})),
            (largest, energies[0], False),
            *([(first, energies[0], True)] if idle else []),
        ]
    ]
    return list(dict.fromkeys(cases))


def _of_case(
    only: RateTable, number: int, case: _Case, days: list[date], budget: int, calendars: Calendars, zone: ZoneInfo
) -> Iterator[Finding]:
    collection = only.collections[0]
    usual = lengths(only, collection)
    # In turn from every day, so that a bounded number of probes meets all of them.
    in_turn = zip_longest(*([(day, at) for at in beginnings(collection, day, zone)] for day in days))
    for day, start in (one for turn in in_turn for one in turn if one is not None):
        durations = sorted({*usual, *ends_at_edges(collection, day, start, zone)})
        if budget < len(durations):
            return
        budget -= len(durations)
        most: Probe | None = None
        for seconds in durations:
            probe = probed(only, _stay(collection, case, start, seconds, zone), calendars)
            if probe.refusal == "stay_too_long":
                yield _refused(number, collection, probe)
            if probe.fee is None:
                break
            if most is not None and most.fee is not None and probe.fee < most.fee:
                yield _less(only, number, most, probe)
                break
            most = probe


def _stay(collection: RateLineCollection, case: _Case, start: int, seconds: int, zone: ZoneInfo) -> Stay:
    stay = stay_in(collection, start, seconds, zone=zone, vehicle_class=case.vehicle_class, energy=case.energy)
    return replace(stay, use="charging") if case.charging_space else stay


def _less(only: RateTable, number: int, shorter: Probe, longest: Probe) -> Finding:
    collection = only.collections[0]
    by_rule = _may_lower(collection)
    first, second = (money(probe.fee or 0, only.currency) for probe in (shorter, longest))
    lengths_said = [duration(_seconds(probe.stay)) for probe in (shorter, longest)]
    start = longest.stay.start.isoformat()
    why = Said(f"({by_rule.zh})", f" ({by_rule.en})") if by_rule is not None else Said("", "")
    return Finding(
        code="longer_costs_less",
        severity="error" if by_rule is None else "warning",
        path=("collection", number),
        says=Said(
            f"自 {start} 起停 {lengths_said[0].zh}为 {first.zh},停 {lengths_said[1].zh}仅 {second.zh}{why.zh}",
            f"from {start} {lengths_said[0].en} cost {first.en}, but {lengths_said[1].en} only {second.en}{why.en}",
        ),
        collection=collection.collection_id,
        probes=(shorter, longest),
    )


def _may_lower(collection: RateLineCollection) -> Said | None:
    """The rule by which a longer stay may cost less as it is written; None where nothing in the text says so."""
    if collection.short_stay is not None:
        return Said("短时跨段规则所致", "by its rule for short stays")
    if collection.short_parts:
        return Said("短时段并入规则所致", "by its rule for short parts")
    if any(line.mode == "tiers" and line.beyond == "repeat" for line in collection.lines):
        return Said("档位重复计价所致", "by tiers that repeat")
    if any(line.rounding == "up_at_end" for line in collection.lines):
        return Said("仅末段进位所致", "by rounding up at the end only")
    return None


def _refused(number: int, collection: RateLineCollection, probe: Probe) -> Finding:
    length = duration(_seconds(probe.stay))
    return Finding(
        code="stay_too_long",
        severity="warning",
        path=("collection", number),
        says=Said(f"停 {length.zh}没有价格,将拒绝计费", f"a stay of {length.en} has no price and is refused"),
        collection=collection.collection_id,
        probes=(probe,),
    )


def _seconds(stay: Stay) -> int:
    return int(stay.end.timestamp()) - int(stay.start.timestamp())
