"""What citizens are told of an arrival: occupancy, the chance of a free space, and the price at an instant to come."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import provided
from api.public.documents import Document
from api.public.prices import instant_json, price_document
from api.public.queries import wanted_instant
from api.public.quotes import QuoteDesk
from api.public.read_model import ReadModel
from parking.db.unit_of_work import Database
from parking.domain.clock import from_micros
from parking.domain.errors import InvalidInputError, NotFoundError
from parking.domain.ids import ZoneId
from parking.occupancy.level_counts import Cell, Numbers, total
from parking.places.catalogue import ListedSpace
from parking.places.model import Facility, PlaceKind
from parking.restrictions.model import Closure
from parking.restrictions.repository import closures
from pricing.arrivals.model import FURTHEST, Arrival, PlaceForecast, arrival
from pricing.arrivals.repository import find
from pricing.fees.model import FeeRefusedError
from pricing.quotes.quoting import Wish, quote
from pricing.rates.board import PriceNow, price_at

LEAST_KNOWN: Final = 0.3
"""Share of the spaces whose state must be known, for the present to count."""
LATE: Final = timedelta(minutes=5)
"""An instant that passed so lately was the present when it was asked for."""
LONGEST: Final = timedelta(days=31)
MOST_FEES: Final = 200
"""Places of one answer that are priced line by line: each is a quote, and anybody may ask."""
_DIGITS: Final = 4


class Asked(NamedTuple):
    """An instant to come, and for how long somebody would stay."""

    at: datetime
    stay: timedelta | None


class _Present(NamedTuple):
    """How many spaces there are, and how many are known to be vacant and occupied."""

    capacity: int
    vacant: int
    occupied: int


class _Place(NamedTuple):
    zone_id: str
    kind: PlaceKind
    spaces: Sequence[ListedSpace]
    present: _Present | None
    """None where the counts are stale."""


class Arrivals:
    """Answers about other times; without `at` and `for` there is nothing to say."""

    def __init__(
        self,
        model: Annotated[ReadModel, Depends(provided(ReadModel))],
        database: Annotated[Database, Depends(provided(Database))],
        desk: Annotated[QuoteDesk, Depends(provided(QuoteDesk))],
        at: Annotated[
            str | None,
            Query(description="When somebody would arrive, up to a week ahead", examples=["2026-07-01T18:00:00+08:00"]),
        ] = None,
        stay: Annotated[
            timedelta | None, Query(alias="for", description="How long they would stay (ISO 8601)", examples=["PT1H"])
        ] = None,
    ) -> None:
        self._model, self._database, self._desk = model, database, desk
        self._now = from_micros(model.now_us())
        self.asked = None if at is None and stay is None else _asked(at, stay, self._now)

    async def told_of_zones(self, documents: Sequence[Document]) -> None:
        """Adds the member `forecast` to documents of zones: one forecast for each kind of place."""
        if self.asked is None:
            return
        places = [self._places(document["id"]) for document in documents]
        for document, told in zip(documents, await self._told(places), strict=True):
            document["forecast"] = told

    async def told_of_segments(self, documents: Sequence[Document]) -> None:
        """The same to documents of segments: the curves are those of their zone, the present is their own."""
        if self.asked is None:
            return
        zone_ids = {document["zone"] for document in documents}
        places = {zone_id: self._places_by_segment(zone_id) for zone_id in zone_ids}
        found = [places[document["zone"]].get(document["id"], []) for document in documents]
        for document, told in zip(documents, await self._told(found), strict=True):
            document["forecast"] = told

    async def told_of_facilities(self, pairs: Sequence[tuple[Facility, Document]]) -> None:
        """The same to documents of facilities, of which each is of one kind."""
        if self.asked is None:
            return
        found = [[self._facility_place(facility, document)] for facility, document in pairs]
        for (_, document), (told,) in zip(pairs, await self._told(found), strict=True):
            document["forecast"] = told

    def _facility_place(self, facility: Facility, document: Document) -> _Place:
        inside = self._model.atlas.facility_spaces.get(facility.facility_id, ())
        spaces = [self._model.atlas.catalogue.spaces[space_id] for space_id in inside]
        present = None if document["stale"] else _Present(*(document[name] for name in _Present._fields))
        return _Place(facility.zone_id, facility.kind, spaces, present)

    def _places_by_segment(self, zone_id: str) -> dict[str | None, list[_Place]]:
        """Of a zone, each kind of each segment; the spaces are gone through once."""
        catalogue = self._model.atlas.catalogue
        spaces: dict[tuple[str | None, PlaceKind], list[ListedSpace]] = {}
        for space_id in catalogue.zones[ZoneId(zone_id)].space_ids:
            space = catalogue.spaces[space_id]
            spaces.setdefault((space.segment_id, space.kind), []).append(space)
        cells: dict[tuple[str | None, PlaceKind | None], list[Cell]] = {}
        for group, cell in self._model.cells(zone_id).items():
            cells.setdefault((group.segment_id, group.kind.kind), []).append(cell)
        is_stale = self._model.zone(zone_id).stale
        found: dict[str | None, list[_Place]] = {}
        for (segment_id, kind), members in sorted(spaces.items(), key=lambda item: item[0][1]):
            present = None if is_stale else _present(total(cells.get((segment_id, kind), ())))
            found.setdefault(segment_id, []).append(_Place(zone_id, kind, members, present))
        return found

    def _places(self, zone_id: str) -> list[_Place]:
        catalogue = self._model.atlas.catalogue
        spaces = [catalogue.spaces[space_id] for space_id in catalogue.zones[ZoneId(zone_id)].space_ids]
        cells = [(group.kind, cell) for group, cell in self._model.cells(zone_id).items()]
        is_stale = self._model.zone(zone_id).stale
        return [
            _Place(
                zone_id,
                kind,
                [space for space in spaces if space.kind == kind],
                None if is_stale else _present(total(cell for sort, cell in cells if sort.kind == kind)),
            )
            for kind in sorted({space.kind for space in spaces})
        ]

    async def _told(self, asked: Sequence[Sequence[_Place]]) -> list[list[Document]]:
        """Of the places of each document, in their order."""
        places = [place for several in asked for place in several]
        if self.asked is not None and self.asked.stay is not None and len(places) > MOST_FEES:
            raise InvalidInputError(f"for prices at most {MOST_FEES} places at once; lower limit", code="for_too_many")
        zone_ids = {place.zone_id for place in places}
        async with self._database.reading() as session:
            kept = await find(session, zone_ids)
            closed = await closures(session, self._now, zone_ids)
            return [
                [
                    await self._document(
                        session, place, kept.get((place.zone_id, place.kind)), closed.get(place.zone_id, ())
                    )
                    for place in several
                ]
                for several in asked
            ]

    async def _document(
        self, session: AsyncSession, place: _Place, kept: PlaceForecast | None, closed: Iterable[Closure]
    ) -> Document:
        at, stay = self.asked or Asked(self._now, None)
        shut = {closure.space_id for closure in closed if closure.start <= at < closure.end}
        ordinary = [space.space_id for space in place.spaces if space.use == "ordinary" and space.in_service]
        is_open = len(set(ordinary) - shut)
        price = self._price(place, at)
        found = arrival(
            kept,
            at=at,
            now=self._now,
            share_now=_share(place.present),
            spaces=is_open,
            charges=price is not None and not price.is_free,
        )
        return {
            "kind": place.kind,
            "at": instant_json(at),
            **_numbers(found, kept, at, is_open=is_open > 0),
            "spaces_open": is_open,
            "spaces_closed": len(ordinary) - is_open,
            "price": None if price is None else price_document(price),
            "fee": None if stay is None else await self._fee(session, place, at, stay),
        }

    def _price(self, place: _Place, at: datetime) -> PriceNow | None:
        board, zone = self._model.prices.board, self._model.atlas.catalogue.zones[ZoneId(place.zone_id)].zone
        posted = [posting for posting in board.posted(place.zone_id, at) if posting.kind == place.kind]
        return price_at(posted[0], zone.area_class, at, calendars=board.calendars) if posted else None

    async def _fee(self, session: AsyncSession, place: _Place, at: datetime, stay: timedelta) -> Document | None:
        wish = Wish(
            space_id=None,
            zone_id=place.zone_id,
            start=at,
            end=at + stay,
            vehicle_class="small",
            energy="fuel",
            kind=place.kind,
        )
        try:
            made = await quote(session, wish, self._desk.signer, at=self._now)
        except (NotFoundError, FeeRefusedError):
            return None
        money = made.fee.amount
        return {"amount": money.amount, "currency": money.currency} if made.reason is None else None


ArrivalsDep = Annotated[Arrivals, Depends(Arrivals)]


def _asked(at: str | None, stay: timedelta | None, now: datetime) -> Asked:
    """Raises `InvalidInputError` (`at_invalid`, `at_past`, `at_too_far`, `for_invalid`)."""
    instant = now if at is None else wanted_instant(at, "at")
    if instant < now - LATE:
        raise InvalidInputError("at is an instant to come; what was is asked of history", code="at_past")
    if instant > now + FURTHEST:
        raise InvalidInputError(f"at is at most {FURTHEST.days} days ahead", code="at_too_far")
    if stay is not None and not timedelta(0) < stay <= LONGEST:
        raise InvalidInputError(f"for is above 0 and at most {LONGEST.days} days", code="for_invalid")
    return Asked(instant, stay)


def _present(numbers: Numbers) -> _Present:
    return _Present(numbers.capacity, numbers.vacant, numbers.occupied - numbers.by_word)


def _share(present: _Present | None) -> float | None:
    if present is None:
        return None
    known = present.vacant + present.occupied
    return present.occupied / known if known and known >= LEAST_KNOWN * present.capacity else None


def _numbers(found: Arrival | str, kept: PlaceForecast | None, at: datetime, *, is_open: bool) -> dict[str, Any]:
    """Where nothing may be entered nothing is free, whatever is known."""
    said = {
        "estimated": kept is not None and kept.is_estimated,
        "event": None if kept is None else kept.event_at(at),
    }
    if isinstance(found, str):
        return said | {
            "occupancy": None,
            "low": None,
            "high": None,
            "free_space_probability": None if is_open else 0.0,
            "method": None,
            "estimate_error": None,
            "follows_present": False,
            "mean_absolute_errors": None,
            "made_at": None,
            "reason": found if is_open else "closed",
        }
    return said | {
        "occupancy": round(found.expected, _DIGITS),
        "low": round(found.low, _DIGITS),
        "high": round(found.high, _DIGITS),
        "free_space_probability": round(found.chance, _DIGITS),
        "method": found.method,
        "estimate_error": None if found.estimate_error is None else round(found.estimate_error, _DIGITS),
        "follows_present": found.follows_present,
        "mean_absolute_errors": found.scores,
        "made_at": instant_json(found.made_at),
        "reason": None if is_open else "closed",
    }
