"""Probe stays: instants of local wall times, and what the calculator says of a stay."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parking.calendar.official import Calendars
from pricing.fees.calculator import price
from pricing.fees.local_time import instant
from pricing.fees.model import FeeRefusedError, Stay
from pricing.rates.model import Energy, RateLineCollection, RateTable, VehicleClass
from pricing.validation.model import Probe

PLACE = "probe"
"""The place of every probe, for what counts by place."""


def probed(table: RateTable, stay: Stay, calendars: Calendars) -> Probe:
    try:
        return Probe(stay=stay, fee=price(table, stay, calendars=calendars).amount.amount)
    except FeeRefusedError as refusal:
        return Probe(stay=stay, fee=None, refusal=refusal.code)


def stay_in(
    collection: RateLineCollection,
    start: int,
    seconds: int,
    *,
    zone: ZoneInfo,
    vehicle_class: VehicleClass | None = None,
    energy: Energy | None = None,
) -> Stay:
    """A stay that meets the collection; `start` in seconds since 1970."""
    eligibility = collection.eligibility
    begin = datetime.fromtimestamp(start, UTC).astimezone(zone)
    uses = sorted(eligibility.uses) or ["ordinary"]
    return Stay(
        start=begin,
        end=(begin.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(zone),
        area_class=min(eligibility.area_classes),
        kind=min(eligibility.kinds),
        use="ordinary" if "ordinary" in uses else uses[0],
        place_id=PLACE,
        vehicle_class=vehicle_class or eligibility.vehicles[0].vehicle_class,
        energy=energy or ("fuel" if not eligibility.energies or "fuel" in eligibility.energies else "nev"),
    )


def is_for_someone(collection: RateLineCollection) -> bool:
    """Whether any stay at all meets it."""
    eligibility = collection.eligibility
    return bool(eligibility.area_classes and eligibility.kinds and eligibility.vehicles)


def edges_of_day(collection: RateLineCollection, day: date, zone: ZoneInfo) -> list[int]:
    """The instants of a local day at which a line may begin or end, both midnights included."""
    last = instant(day + timedelta(days=1), time(), zone)
    times = {time()} | {at for line in collection.lines for at in (line.start, line.end)}
    return sorted({min(instant(day, at, zone), last) for at in times} | {last})
