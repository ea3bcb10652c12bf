"""All SQL of served forecasts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, any_, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from parking.occupancy.tables import OccupancyHourRow
from pricing.arrivals.model import AnnouncedEvent, PlaceForecast
from pricing.arrivals.tables import AnnouncedEventRow, PlaceForecastRow
from pricing.forecast.history import LEAST_KNOWN
from pricing.forecast.outlook import LEAST_SCORED
from pricing.paid.model import HOUR, PAYING_WITHIN, SETTLED_AFTER, Place
from pricing.paid.repository import known_enough
from pricing.paid.tables import PayingPlaceRow, PaymentCorrectionRow

COUNTED_WITHIN: Final = timedelta(hours=26)
TRIAL: Final = timedelta(weeks=2)
"""Of which enough must be known for a forecast."""
_FIELDS = tuple(PlaceForecast.__dataclass_fields__)


class Hour(NamedTuple):
    """Share of the known space-time that was occupied."""

    zone_id: str
    kind: str
    hour: datetime
    share: float
    moments: tuple[float | None, float | None] = (None, None)
    """Shares at the hour and half past, where enough was known then."""


async def due(session: AsyncSession, *, at: datetime, made_before: datetime, limit: int) -> list[Place]:
    """Places counted lately whose forecast was made before then or never, or knows less of events than the city; in their order.

    Those that payments tell of (`due_of_payments`) are not among them. One of which nothing was counted for longer keeps the
    forecast that it has, until that is too old to be told.
    """
    hour, paying = OccupancyHourRow, PayingPlaceRow
    of_payments = exists().where(paying.zone_id == hour.zone_id, paying.kind == hour.kind, _is_of_payments(at))
    rows = await session.execute(
        select(hour.zone_id, hour.kind)
        .where(hour.hour >= at - COUNTED_WITHIN, ~_is_fresh(hour, made_before), ~of_payments)
        .distinct()
        .order_by(hour.zone_id, hour.kind)
        .limit(limit)
    )
    return [(row.zone_id, row.kind) for row in rows]


async def due_of_payments(session: AsyncSession, *, at: datetime, made_before: datetime, limit: int) -> list[Place]:
    """Places that paid lately, and of which sensors do not know enough yet, whose forecast is due as in `due` or older than the
    newest correction.
    """
    paying, learnt = PayingPlaceRow, PaymentCorrectionRow
    newest = select(func.greatest(func.max(learnt.learnt_at), made_before)).scalar_subquery()
    rows = await session.execute(
        select(paying.zone_id, paying.kind)
        .where(_is_of_payments(at), ~_is_fresh(paying, newest))
        .order_by(paying.zone_id, paying.kind)
        .limit(limit)
    )
    return [(row.zone_id, row.kind) for row in rows]


async def hours(session: AsyncSession, places: Sequence[Place], *, since: datetime) -> list[Hour]:
    """Hours of which enough was known."""
    row = OccupancyHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, row.hour, row.spaces, row.known_s, row.occupied_s, row.moments).where(
            tuple_(row.zone_id, row.kind).in_(places),
            row.hour >= since,
            known_enough(row),
        )
    )
    return [
        Hour(zone_id, kind, hour, occupied / known, _shares(moments, spaces))
        for zone_id, kind, hour, spaces, known, occupied, moments in found
    ]


async def keep(session: AsyncSession, forecasts: Iterable[PlaceForecast]) -> None:
    """In place of the ones before."""
    rows = [_values(one) for one in forecasts]
    wanted = insert(PlaceForecastRow)
    renewed = {name: wanted.excluded[name] for name in _FIELDS if name not in {"zone_id", "kind"}}
    await session.execute(wanted.on_conflict_do_update(index_elements=["zone_id", "kind"], set_=renewed), rows)


async def find(session: AsyncSession, zone_ids: Collection[str]) -> dict[Place, PlaceForecast]:
    rows = await session.scalars(select(PlaceForecastRow).where(PlaceForecastRow.zone_id.in_(list(zone_ids))))
    return {(row.zone_id, row.kind): _forecast(row) for row in rows}


async def announce(
    session: AsyncSession,
    name: str,
    days: tuple[date, date],
    zone_ids: Collection[str] | None,
    *,
    by: str,
    at: datetime,
) -> int:
    """Half-open days; the id of the event."""
    row = AnnouncedEventRow(
        name=name,
        first_day=days[0],
        end_day=days[1],
        zone_ids=None if zone_ids is None else sorted(zone_ids),
        announced_by=by,
        announced_at=at,
    )
    session.add(row)
    await session.flush()
    return row.event_id


async def events(session: AsyncSession, since: date) -> list[AnnouncedEvent]:
    """Those that stand and end after the day, in their order."""
    row = AnnouncedEventRow
    found = await session.scalars(
        select(row).where(row.withdrawn_at.is_(None), row.end_day > since).order_by(row.first_day, row.event_id)
    )
    return [_event(one) for one in found]


async def event(session: AsyncSession, event_id: int) -> AnnouncedEvent | None:
    """None for one that was withdrawn."""
    row = await session.get(AnnouncedEventRow, event_id)
    return None if row is None or row.withdrawn_at is not None else _event(row)


async def withdraw(session: AsyncSession, event_id: int, *, by: str, at: datetime) -> None:
    row = AnnouncedEventRow
    await session.execute(
        update(row).where(row.event_id == event_id, row.withdrawn_at.is_(None)).values(withdrawn_by=by, withdrawn_at=at)
    )


def _shares(moments: list[int] | None, spaces: int) -> tuple[float | None, float | None]:
    at_hour, half_past = (
        None if known == 0 or known < LEAST_KNOWN * spaces else occupied / known
        for known, occupied in zip(*[iter(moments or (0, 0, 0, 0))] * 2, strict=True)
    )
    return at_hour, half_past


def _is_fresh(
    place: type[OccupancyHourRow | PayingPlaceRow], made_before: datetime | ScalarSelect[datetime]
) -> ColumnElement[bool]:
    made, event = PlaceForecastRow, AnnouncedEventRow
    told_since = exists().where(
        func.greatest(event.announced_at, event.withdrawn_at) > made.made_at,
        or_(event.zone_ids.is_(None), made.zone_id == any_(event.zone_ids)),
    )
    return exists().where(
        made.zone_id == place.zone_id, made.kind == place.kind, made.made_at >= made_before, ~told_since
    )


def _is_of_payments(at: datetime) -> ColumnElement[bool]:
    """Of a paying place: somebody has paid lately, and sensors have known it for less than a week of the last two."""
    paying, hour = PayingPlaceRow, aliased(OccupancyHourRow)
    sensed = (
        select(func.count())
        .where(
            hour.zone_id == paying.zone_id,
            hour.kind == paying.kind,
            hour.hour >= at - TRIAL,
            known_enough(hour),
        )
        .scalar_subquery()
    )
    return and_(paying.last_paid >= at - SETTLED_AFTER - PAYING_WITHIN, sensed < LEAST_SCORED * (TRIAL / HOUR))


def _event(row: AnnouncedEventRow) -> AnnouncedEvent:
    return AnnouncedEvent(
        event_id=row.event_id,
        name=row.name,
        first_day=row.first_day,
        end_day=row.end_day,
        zone_ids=None if row.zone_ids is None else tuple(row.zone_ids),
        announced_by=row.announced_by,
        announced_at=row.announced_at,
    )


def _values(one: PlaceForecast) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _FIELDS}
    lists = {name: list(value) or None for name, value in values.items() if isinstance(value, tuple)}
    return values | lists


def _forecast(row: PlaceForecastRow) -> PlaceForecast:
    values = {name: getattr(row, name) for name in _FIELDS}
    curves = {
        name: tuple(values[name] or ()) for name in ("curve_within", "curve_beyond", "follow", "errors", "events")
    }
    return PlaceForecast(**values | curves)
