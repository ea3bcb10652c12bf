"""Recorded stays out of PostgreSQL: a million in seconds, as columns from the driver's binary copy to numpy."""

import io
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.time_span import TimeSpan
from parking.places.tables import SpaceRow
from parking.sessions.model import Gap
from pricing.fees.arrays.columns import AREA_CLASSES, ENERGIES, KINDS, USES, VEHICLE_CLASSES, Codes, Ints, StayColumns
from pricing.fees.arrays.one_by_one import stay_of
from pricing.fees.model import Stay, Uncharged
from pricing.simulation.model import RecordedStays

_FIELDS: Final = (
    *("start", "end", "zone", "area_class", "kind", "use", "vehicle_class", "energy"),
    *("vehicle", "place", "has_gap", "name"),
)
_ROW: Final = np.dtype([("fields", ">i2"), *((name, [("size", ">i4"), ("value", ">i8")]) for name in _FIELDS)])
"""One row of a binary copy: how many fields, then each with its size; none is null and all have eight bytes."""
_HEAD: Final = 19
_TAIL: Final = 2
_POSITIVE: Final = (1 << 62) - 1
_NAME: Final = f"hashtextextended(session.session_id, 0) & {_POSITIVE}"
_WINDOWS: Final = """
    FROM restriction_space JOIN restriction USING (restriction_id)
    WHERE restriction_space.space_id = session.space_id AND restriction.stops_charging
      AND restriction.severity <> 'advisory'
      AND restriction.starts_at < session.ended_at AND restriction.ends_at > session.started_at
"""
_CHOSEN: Final = """
    FROM session LEFT JOIN space ON space.space_id = session.space_id
    LEFT JOIN facility ON facility.facility_id = coalesce(session.facility_id, space.facility_id)
    JOIN zone ON zone.zone_id = session.zone_id
    WHERE num_nonnulls(session.facility_id, space.space_id) > 0
      AND NOT coalesce(facility.bills_itself_from IS NOT NULL
                       AND session.started_at <@ tstzrange(facility.bills_itself_from, facility.bills_itself_to), false)
      AND NOT coalesce(facility.billed_at_gate_from IS NOT NULL AND session.facility_id IS NULL
                       AND session.started_at <@ tstzrange(facility.billed_at_gate_from, facility.billed_at_gate_to), false)
      AND session.state = 'ended' AND session.started_at >= $1 AND session.started_at < $2
      AND session.zone_id = ANY($3::text[])
"""
_HAS_GAP: Final = f"(jsonb_array_length(session.gaps) > 0 OR EXISTS (SELECT {_WINDOWS}))"
# What is put together are constants of this file; values travel as arguments.
_STAYS: Final = f"""
    SELECT ceil(extract(epoch FROM session.started_at))::bigint,
           greatest(ceil(extract(epoch FROM session.started_at)), floor(extract(epoch FROM session.ended_at)))::bigint,
           (array_position($3::text[], session.zone_id) - 1)::bigint,
           (array_position($4::text[], zone.area_class) - 1)::bigint,
           (array_position($5::text[], coalesce(space.kind, facility.kind)) - 1)::bigint,
           (array_position($6::text[], coalesce(space.use, 'ordinary')) - 1)::bigint,
           (array_position($7::text[], session.vehicle_class) - 1)::bigint,
           (array_position($8::text[], coalesce(session.energy, 'fuel')) - 1)::bigint,
           coalesce(hashtextextended(session.plate_token, 0) & {_POSITIVE}, -1),
           hashtextextended(coalesce(facility.facility_id, session.zone_id), 0) & {_POSITIVE},
           {_HAS_GAP}::int::bigint,
           {_NAME}
    {_CHOSEN} ORDER BY session.started_at, session.session_id
"""  # noqa: S608 - as said above
_GAPS: Final = f"""
    SELECT {_NAME} AS name, session.gaps,
           ARRAY(SELECT restriction.starts_at {_WINDOWS} ORDER BY restriction.restriction_id) AS starts,
           ARRAY(SELECT least(restriction.ends_at, restriction.released_at) {_WINDOWS} ORDER BY restriction.restriction_id) AS ends
    {_CHOSEN} AND {_HAS_GAP}
"""
_WORDS: Final = tuple(list(words) for words in (AREA_CLASSES, KINDS, USES, VEHICLE_CLASSES, ENERGIES))
_WHY: Final = "不计费时段 / time that was not charged"
_NOTHING: Final = timedelta(0)


async def read_recorded(
    session: AsyncSession, start: datetime, end: datetime, *, zone_ids: Collection[str] | None = None
) -> RecordedStays:
    """Closed stays that began within `[start, end)`, of some zones or all, with the time that was not charged in them.

    A vehicle is a number made of its plate token; nothing leads back to the plate.
    """
    capacities = await _capacities(session, zone_ids)
    zones = sorted(capacities)
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    copied = io.BytesIO()
    await driver.copy_from_query(_STAYS, start, end, zones, *_WORDS, output=copied, format="binary")
    rows = np.frombuffer(copied.getbuffer()[_HEAD:-_TAIL], dtype=_ROW)
    stays = _columns(rows)
    if (gapped := np.flatnonzero(_of(rows, "has_gap"))).size:
        found = {row["name"]: row for row in await driver.fetch(_GAPS, start, end, zones)}
        names = _of(rows, "name")
        stays = replace(stays, whole={row: _with_gaps(stays, row, found[int(names[row])]) for row in gapped.tolist()})
    return RecordedStays(
        stays=stays,
        zone=_of(rows, "zone"),
        zone_ids=tuple(zones),
        capacities=capacities,
        start=int(start.timestamp()),
        end=int(end.timestamp()),
    )


async def _capacities(session: AsyncSession, zone_ids: Collection[str] | None) -> dict[str, int]:
    counted = await session.execute(
        select(SpaceRow.zone_id, func.count()).where(SpaceRow.removed_at.is_(None)).group_by(SpaceRow.zone_id)
    )
    return {zone_id: count for zone_id, count in counted if zone_ids is None or zone_id in zone_ids}


def _of(rows: NDArray[np.void], field: str) -> Ints:
    return rows[field]["value"].astype(np.int64)


def _code(rows: NDArray[np.void], field: str) -> Codes:
    return rows[field]["value"].astype(np.int8)


def _columns(rows: NDArray[np.void]) -> StayColumns:
    return StayColumns(
        start=_of(rows, "start"),
        end=_of(rows, "end"),
        area_class=_code(rows, "area_class"),
        kind=_code(rows, "kind"),
        use=_code(rows, "use"),
        vehicle_class=_code(rows, "vehicle_class"),
        energy=_code(rows, "energy"),
        vehicle=_of(rows, "vehicle"),
        place=_of(rows, "place"),
    )


def _with_gaps(stays: StayColumns, row: int, found: Any) -> Stay:  # noqa: ANN401 - a record of the driver
    gaps = msgspec.convert(found["gaps"], list[Gap])
    spans = [(gap.start, gap.end) for gap in gaps] + list(zip(found["starts"], found["ends"], strict=True))
    return replace(
        stay_of(stays, row),
        uncharged=tuple(
            Uncharged(span=TimeSpan(begin, finish), why=_WHY) for begin, finish in spans if finish - begin > _NOTHING
        ),
    )
