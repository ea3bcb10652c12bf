"""Free hours that never free anybody, and exempt classes that would be charged: stays priced with and without them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, product
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars
from pricing.fees.model import Right
from pricing.rates.model import RateLineCollection, RateTable, TimeQuota
from pricing.validation.days import SampleDays
from pricing.validation.lengths import lengths
from pricing.validation.model import Finding, error, warning
from pricing.validation.probing import edges_of_day, is_for_someone, probed, stay_in

_DAY_S = 86_400
_DAYS = 4
_TRIES = 2_000
"""Stays tried for one quota over all collections, the longest first; each is priced twice."""
_LEAST_TRIES = 40


def grants(table: RateTable, days: SampleDays, calendars: Calendars, zone: ZoneInfo) -> Iterator[Finding]:
    """Findings `quota_never_applies`, `quota_changes_nothing` and `exempt_charged`."""
    for number, quota in enumerate(table.quotas):
        path = ("quota", number)
        concerned = [collection for collection in table.collections if _concerns(quota, collection)]
        if not concerned:
            yield error(
                "quota_never_applies",
                path,
                f"免费时长“{quota.quota_id}”没有可适用的收费标准",
                f'no collection is for the vehicles of the quota "{quota.quota_id}"',
            )
            continue
        tries = max(_LEAST_TRIES, _TRIES // len(concerned))
        if not any(_changes(table, quota, collection, days, calendars, zone, tries) for collection in concerned):
            yield warning(
                "quota_changes_nothing",
                path,
                f"免费时长“{quota.quota_id}”对任何停车都不产生影响",
                f'the quota "{quota.quota_id}" lowers the fee of no stay that was tried',
            )
    yield from _exempt(table, days, calendars, zone)


def _concerns(quota: TimeQuota, collection: RateLineCollection) -> bool:
    energies = collection.eligibility.energies
    meets = not quota.energies or not energies or bool(quota.energies & energies)
    return meets and bool(collection.lines) and is_for_someone(collection)


def _changes(
    table: RateTable,
    quota: TimeQuota,
    collection: RateLineCollection,
    days: SampleDays,
    calendars: Calendars,
    zone: ZoneInfo,
    tries: int,
) -> bool:
    with_it = replace(table, collections=(collection,))
    without = replace(with_it, quotas=tuple(other for other in table.quotas if other is not quota))
    energies = quota.energies & collection.eligibility.energies if collection.eligibility.energies else quota.energies
    energy = min(energies) if energies else None
    starts = _starts(collection, days.of(collection), zone)
    for seconds, start in islice(product(reversed(lengths(table, collection)), starts), tries):
        stay = stay_in(collection, start, seconds, zone=zone, energy=energy)
        if probed(with_it, stay, calendars).fee != probed(without, stay, calendars).fee:
            return True
    return False


def _starts(collection: RateLineCollection, days: list[date], zone: ZoneInfo) -> list[int]:
    return [start for day in days[:_DAYS] for start in edges_of_day(collection, day, zone)[:-1]]


def _exempt(table: RateTable, days: SampleDays, calendars: Calendars, zone: ZoneInfo) -> Iterator[Finding]:
    for exemption in table.exemptions:
        rights = (Right(exempt_class=exemption.exempt_class),)
        for number, collection in enumerate(table.collections):
            if not collection.lines or not is_for_someone(collection):
                continue
            start = _starts(collection, days.of(collection)[:1], zone)[:1]
            stays = [replace(stay_in(collection, at, _DAY_S, zone=zone), rights=rights) for at in start]
            charged = next((one for one in (probed(table, stay, calendars) for stay in stays) if one.fee), None)
            if charged is not None:
                finding = error(
                    "exempt_charged",
                    ("collection", number),
                    f"免费对象“{exemption.exempt_class}”被收费",
                    f'the exempt class "{exemption.exempt_class}" is charged',
                    collection=collection.collection_id,
                )
                yield replace(finding, probes=(charged,))
