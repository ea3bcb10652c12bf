"""The public price board: what every zone charges now and from when on something else, without asking the database.

Coming versions are loaded ahead, so that every process switches at the instant itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from parking.calendar.official import OFFICIAL, Calendars, DayKind
from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import Day, Posting, RateLine, RateLineCollection, VehicleClass
from pricing.rates.signs import SignException

_KINDS: Final[tuple[PlaceKind, ...]] = ("kerb", "lot", "garage")
_DAY: Final = timedelta(days=1)
_WEEKDAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, kw_only=True)
class PriceNow:
    """The line that charges at an instant, and when the line or the table changes."""

    posting: Posting
    collection: RateLineCollection
    line: RateLine
    percent: int
    """Of the line's prices that the vehicle pays."""
    until: datetime

    @property
    def is_free(self) -> bool:
        """However long somebody stays."""
        line = self.line
        prices = (line.unit_price, *(one.unit_price for one in line.steps), *(one.price for one in line.tiers))
        return self.percent == 0 or max(prices) == 0


class Board:
    """Immutable; built anew when a version is published or a sign confirmed."""

    def __init__(
        self,
        postings: Iterable[Posting] = (),
        exceptions: Iterable[SignException] = (),
        unsigned: Iterable[Posting] = (),
        calendars: Calendars = OFFICIAL,
    ) -> None:
        """`exceptions` are places whose sign still waits, `unsigned` the postings of which no sign stands at all."""
        self.calendars: Final = calendars
        self.postings: Final = tuple(postings)
        self.exceptions: Final = tuple(exceptions)
        self.unsigned: Final = tuple(unsigned)
        places: defaultdict[tuple[str, str], list[Posting]] = defaultdict(list)
        for posting in sorted(self.postings, key=lambda item: item.start):
            places[posting.zone_id, posting.kind].append(posting)
        self._places: Final[Mapping[tuple[str, str], Sequence[Posting]]] = places

    def posted(self, zone_id: str, instant: datetime) -> list[Posting]:
        """What charges at the instant, at most one for each kind of place, the kerb first.

        Of a version of which no sign stands, the one before; nothing where there is none before it.
        """
        present = (self._charging(posting) for posting in self._of(zone_id) if _holds(posting, instant))
        return [posting for posting in present if posting is not None]

    def coming(self, zone_id: str, instant: datetime) -> list[Posting]:
        """What begins after the instant, and before it what waits for its first sign; soonest first."""
        later = [
            posting
            for posting in self._of(zone_id)
            if posting.start > instant or (_holds(posting, instant) and posting in self.unsigned)
        ]
        return sorted(later, key=lambda item: item.start)

    def exceptions_of(self, posting: Posting) -> list[SignException]:
        """The places where the posting does not charge yet, because their sign waits."""
        wanted = (posting.zone_id, posting.kind, posting.table.rate_table_id, posting.table.version)
        return [one for one in self.exceptions if (one.zone_id, one.kind, one.rate_table_id, one.version) == wanted]

    def says_the_same(self, other: "Board") -> bool:
        """Whether the boards have the same prices at every place."""
        return (self.postings, self.exceptions, self.unsigned) == (other.postings, other.exceptions, other.unsigned)

    def _of(self, zone_id: str) -> list[Posting]:
        return [posting for kind in _KINDS for posting in self._places.get((zone_id, kind), ())]

    def _charging(self, posting: Posting) -> Posting | None:
        if posting not in self.unsigned:
            return posting
        keeps = next((one.keeps for one in self.exceptions_of(posting) if one.keeps is not None), None)
        return None if keeps is None else replace(posting, table=keeps, document=keeps.legal.document)


def _holds(posting: Posting, instant: datetime) -> bool:
    return posting.start <= instant and (posting.end is None or instant < posting.end)


def price_at(
    posting: Posting,
    area_class: AreaClass,
    instant: datetime,
    vehicle_class: VehicleClass = "small",
    calendars: Calendars = OFFICIAL,
) -> PriceNow | None:
    """The price that a parked fuel vehicle on an ordinary space meets at the instant; None where the table has none."""
    local = instant.astimezone(ZoneInfo(posting.table.timezone))
    kind_of = calendars(posting.table.calendar).kind_of
    for collection, percent in posting.table.collections_for(area_class, posting.kind, vehicle_class):
        for line in collection.lines:
            end = None if line.activity == "charging" else _end_of(line, local, kind_of)
            if end is not None:
                until = end if posting.end is None else min(end, posting.end)
                return PriceNow(
                    posting=posting, collection=collection, line=line, percent=percent, until=until.astimezone(UTC)
                )
    return None


def _end_of(line: RateLine, local: datetime, kind_of: Callable[[date], DayKind]) -> datetime | None:
    """When the occurrence of the line that holds at the local time ends; None when none holds."""
    for day in (local.date(), local.date() - _DAY):
        days = 0 if line.start < line.end else 1
        start = datetime.combine(day, line.start, tzinfo=local.tzinfo)
        end = datetime.combine(day + days * _DAY, line.end, tzinfo=local.tzinfo)
        if start <= local < end and begins_on(line, day, kind_of):
            return end
    return None


def begins_on(line: RateLine, day: date, kind_of: Callable[[date], DayKind]) -> bool:
    """Whether the span of the line begins on the local day (docs/tariffs.md, section 3)."""
    if (line.valid_from is not None and day < line.valid_from) or (line.valid_to is not None and day > line.valid_to):
        return False
    return not line.days or _WEEKDAYS[day.weekday()] in line.days or kind_of(day) in line.days
