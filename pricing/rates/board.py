"""The public price board: what every zone charges now and from when on something else, without asking the database.

Coming versions are loaded ahead, so that every process switches at the instant itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from parking.places.model import AreaClass, PlaceKind
from pricing.rates.model import Posting, RateLine, VehicleClass

_KINDS: Final[tuple[PlaceKind, ...]] = ("kerb", "lot", "garage")
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class PriceNow:
    """The line that charges at an instant, and when the line or the table changes."""

    posting: Posting
    line: RateLine
    until: datetime


class Board:
    """Immutable; built anew when a version is published."""

    def __init__(self, postings: Iterable[Posting] = ()) -> None:
        self.postings: Final = tuple(postings)
        places: defaultdict[tuple[str, str], list[Posting]] = defaultdict(list)
        for posting in sorted(self.postings, key=lambda item: item.start):
            places[posting.zone_id, posting.kind].append(posting)
        self._places: Mapping[tuple[str, str], Sequence[Posting]] = places

    def posted(self, zone_id: str, instant: datetime) -> list[Posting]:
        """What is in force at the instant, at most one for each kind of place, the kerb first."""
        return [
            posting
            for posting in self._of(zone_id)
            if posting.start <= instant and (posting.end is None or instant < posting.end)
        ]

    def coming(self, zone_id: str, instant: datetime) -> list[Posting]:
        """What begins after the instant, soonest first."""
        later = [posting for posting in self._of(zone_id) if posting.start > instant]
        return sorted(later, key=lambda item: item.start)

    def _of(self, zone_id: str) -> list[Posting]:
        return [posting for kind in _KINDS for posting in self._places.get((zone_id, kind), ())]


def price_at(
    posting: Posting, area_class: AreaClass, instant: datetime, vehicle_class: VehicleClass = "small"
) -> PriceNow | None:
    """The price that a stay meets at the instant; None where the table has none for the vehicle then."""
    local = instant.astimezone(ZoneInfo(posting.table.timezone))
    for line in posting.table.lines_for(area_class, posting.kind, vehicle_class):
        end = _end_of(line, local)
        if end is not None:
            until = end if posting.end is None else min(end, posting.end)
            return PriceNow(posting=posting, line=line, until=until.astimezone(UTC))
    return None


def _end_of(line: RateLine, local: datetime) -> datetime | None:
    """When the occurrence of the line that holds at the local time ends; None when none holds."""
    clock = local.time()
    if line.start < line.end:
        inside, days = line.start <= clock < line.end, 0
    else:
        inside = clock >= line.start or clock < line.end
        days = 1 if clock >= line.start else 0
    if not inside:
        return None
    return datetime.combine(local.date() + days * _DAY, line.end, tzinfo=local.tzinfo)
