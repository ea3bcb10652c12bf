"""All SQL of served forecasts."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.tables import OccupancyHourRow
from pricing.arrivals.model import PlaceForecast
from pricing.arrivals.tables import PlaceForecastRow

Place = tuple[str, str]
"""Zone and kind."""
_FIELDS = tuple(PlaceForecast.__dataclass_fields__)


class Hour(NamedTuple):
    """Share of the known space-time that was occupied."""

    zone_id: str
    kind: str
    hour: datetime
    share: float


async def due(session: AsyncSession, *, counted_since: datetime, made_before: datetime, limit: int) -> list[Place]:
    """Places with hours since then whose forecast was made before then or never, in their order."""
    hour, made = OccupancyHourRow, PlaceForecastRow
    fresh = exists().where(made.zone_id == hour.zone_id, made.kind == hour.kind, made.made_at >= made_before)
    rows = await session.execute(
        select(hour.zone_id, hour.kind)
        .where(hour.hour >= counted_since, ~fresh)
        .distinct()
        .order_by(hour.zone_id, hour.kind)
        .limit(limit)
    )
    return [(row.zone_id, row.kind) for row in rows]


async def hours(session: AsyncSession, places: Sequence[Place], *, since: datetime, least_known: float) -> list[Hour]:
    """Hours of which enough was known."""
    row = OccupancyHourRow
    found = await session.execute(
        select(row.zone_id, row.kind, row.hour, row.known_s, row.occupied_s).where(
            tuple_(row.zone_id, row.kind).in_(places),
            row.hour >= since,
            row.known_s > 0,
            row.known_s >= least_known * 3600 * row.spaces,
        )
    )
    return [Hour(zone_id, kind, hour, occupied / known) for zone_id, kind, hour, known, occupied in found]


async def keep(session: AsyncSession, forecasts: Iterable[PlaceForecast]) -> None:
    """In place of the ones before."""
    rows = [_values(one) for one in forecasts]
    wanted = insert(PlaceForecastRow)
    renewed = {name: wanted.excluded[name] for name in _FIELDS if name not in {"zone_id", "kind"}}
    await session.execute(wanted.on_conflict_do_update(index_elements=["zone_id", "kind"], set_=renewed), rows)


async def find(session: AsyncSession, zone_ids: Collection[str]) -> dict[Place, PlaceForecast]:
    rows = await session.scalars(select(PlaceForecastRow).where(PlaceForecastRow.zone_id.in_(list(zone_ids))))
    return {(row.zone_id, row.kind): _forecast(row) for row in rows}


def _values(one: PlaceForecast) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in _FIELDS}
    lists = {name: list(value) or None for name, value in values.items() if isinstance(value, tuple)}
    return values | lists


def _forecast(row: PlaceForecastRow) -> PlaceForecast:
    values = {name: getattr(row, name) for name in _FIELDS}
    curves = {name: tuple(values[name] or ()) for name in ("curve_within", "curve_beyond", "follow", "errors")}
    return PlaceForecast(**values | curves)
