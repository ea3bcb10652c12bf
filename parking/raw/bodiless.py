"""Readings that history holds and no kept message tells: what came in our own JSON, or has outlived its message."""

from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, and_, cast, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from parking.domain.clock import from_micros, to_micros
from parking.occupancy.evidence import Observation
from parking.occupancy.tables import ObservationRow
from parking.raw.repository import Wanted
from parking.raw.tables import RawMessageRow

_ORDER: Final[tuple[ColumnElement[Any], ...]] = (
    ObservationRow.received_at.expression,
    ObservationRow.shard.expression,
    func.length(ObservationRow.entry_id),
    ObservationRow.entry_id.expression,
    ObservationRow.item.expression,
)
"""Of arrival: ids of one millisecond count without leading zeros."""
_TOLD: Final = exists().where(
    and_(
        RawMessageRow.received_at == ObservationRow.received_at,
        RawMessageRow.device_ids.contains(cast(array([ObservationRow.device_id]), ARRAY(Text))),
    )
)

Place = tuple[int, int, int, str, int]


class Bodiless(NamedTuple):
    """One such reading, and where it stands in the order of arrival."""

    place: Place
    observation: Observation
    """Its silence limit is 0: history does not keep it, the registry knows it."""


async def readings_without_body(
    session: AsyncSession, wanted: Wanted, *, after: Place | None, limit: int
) -> list[Bodiless]:
    """As they arrived; of `wanted` time and device count. `after` is the place of the last one of the page before."""
    query = select(ObservationRow.__table__).where(
        ObservationRow.received_at >= wanted.since, ObservationRow.received_at < wanted.until, ~_TOLD
    )
    if wanted.device_id is not None:
        query = query.where(ObservationRow.device_id == wanted.device_id)
    if after is not None:
        reached = from_micros(after[0])
        query = query.where(ObservationRow.received_at >= reached, tuple_(*_ORDER) > (reached, *after[1:]))
    rows = await session.execute(query.order_by(*_ORDER).limit(limit))
    return [_bodiless(row) for row in rows.mappings()]


def _bodiless(row: RowMapping) -> Bodiless:
    received_at = to_micros(row["received_at"])
    least, below = row["previous_least_s"], row["previous_below_s"]
    observation = Observation(
        row["device_id"],
        row["space_id"],
        row["zone_id"],
        row["kind"],
        row["status"],
        to_micros(row["observed_at"]),
        received_at,
        0,
        row["session"],
        row["sequence"],
        row["event_id"],
        row["confidence"],
        row["battery_v"],
        row["battery_pct"],
        row["temperature_c"],
        _micros(row["device_at"]),
        _micros(row["gateway_at"]),
        _micros(row["server_at"]),
        None if least is None or below is None else (least, below),
        row["fault"],
        None if row["magnetic"] is None else tuple(row["magnetic"]),
        row["trusted"] is not False,
        source=row["source"],
    )
    place = received_at, row["shard"], len(row["entry_id"]), row["entry_id"], row["item"]
    return Bodiless(place, observation)


def _micros(instant: Any) -> int | None:  # noqa: ANN401 - a value of a row
    return None if instant is None else to_micros(instant)
