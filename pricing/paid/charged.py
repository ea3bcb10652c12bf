"""In which hours a place charges: only then does it say anything that nobody has paid."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from parking.calendar.official import Calendars
from parking.places.model import AreaClass
from pricing.paid.model import HOUR, Place
from pricing.rates.board import price_at
from pricing.rates.model import Posting


class Charged:
    """Asked hour by hour, and mostly of few tables that many places share."""

    def __init__(
        self, postings: Iterable[Posting], area_classes: Mapping[str, AreaClass], calendars: Calendars
    ) -> None:
        self._postings: dict[Place, list[Posting]] = {}
        for posting in postings:
            self._postings.setdefault((posting.zone_id, posting.kind), []).append(posting)
        self._area_classes = area_classes
        self._calendars = calendars
        self._known: dict[tuple[str, int, str, str, datetime], bool] = {}

    def whole(self, place: Place, hour: datetime) -> bool:
        """Whether a car pays there from the beginning of the hour to its end, under one table."""
        posting = next((one for one in self._postings.get(place, ()) if _holds(one, hour)), None)
        area_class = self._area_classes.get(place[0])
        if posting is None or area_class is None:
            return False
        key = (posting.table.rate_table_id, posting.table.version, area_class, place[1], hour)
        if key not in self._known:
            self._known[key] = self._charges(posting, area_class, hour)
        return self._known[key]

    def _charges(self, posting: Posting, area_class: AreaClass, hour: datetime) -> bool:
        instant = hour
        while instant < hour + HOUR:
            price = price_at(posting, area_class, instant, calendars=self._calendars)
            if price is None or price.is_free:
                return False
            instant = price.until
        return True


def _holds(posting: Posting, hour: datetime) -> bool:
    return posting.start <= hour and (posting.end is None or hour + HOUR <= posting.end)
