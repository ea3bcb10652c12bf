"""How long a price was the same, whoever changed it: what was measured under two prices is a measure of neither. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from parking.places.model import PlaceKind
from pricing.proposals.model import band_of, price_an_hour
from pricing.rates.model import Posting, RateLine, RateTable

VEHICLE: Final = "small"
"""Class of vehicle whose prices reviews move; others follow their own document by hand."""
WHOLE_PERCENT: Final = 100


def timed_lines(table: RateTable, kind: PlaceKind, area_class: str) -> list[RateLine]:
    """Those that a review may move: a price for a length of time, whole, on every day and for whatever a car does.

    What was measured does not tell days, uses or percentages apart, so that their prices are moved by people.
    """
    return [
        line
        for collection, percent in table.collections_for(area_class, kind, VEHICLE)
        for line in collection.lines
        if percent == WHOLE_PERCENT
        and line.mode == "per_unit"
        and line.unit_s is not None
        and not line.days
        and (line.valid_from, line.valid_to, line.activity) == (None, None, None)
    ]


def held_since(postings: Iterable[Posting], area_class: str, band: str, at: datetime) -> datetime:
    """When the price at an instant began; `postings` of one kind of place in one zone, with one in force at the instant."""
    *before, present = sorted((one for one in postings if one.start <= at), key=lambda one: one.start)
    price, since = _price(present, area_class, band), present.start
    for one in reversed(before):
        if one.end != since or _price(one, area_class, band) != price:
            break
        since = one.start
    return since


def changes_after(
    postings: Sequence[Posting], area_class: str, band: str, price: int, instant: datetime
) -> list[datetime]:
    """When any other price than this one begins after the instant."""
    return [one.start for one in postings if one.start > instant and _price(one, area_class, band) != price]


def whole_hour(instant: datetime, *, up: bool) -> datetime:
    """Hours are what is kept of the past."""
    whole = instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return whole + timedelta(hours=1) if up and whole < instant else whole


def _price(posting: Posting, area_class: str, band: str) -> int | None:
    """Minor units an hour; None where no timed price holds in exactly this band."""
    lines = timed_lines(posting.table, posting.kind, area_class)
    return next((price_an_hour(line) for line in lines if band_of(line) == band), None)
