"""Changes, readings, hours and moments as CSV, streamed from the database to whoever takes it: no row is held here."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from parking.occupancy.stay_lengths import EDGES_MIN
from parking.occupancy.usual_hours import LEAST_KNOWN

What = Literal["changes", "readings", "hours", "moments"]
WITHIN_S: Final = 6 * 3600.0
"""A month of a large city is written in minutes; what takes longer than this is given up."""
_INSTANT: Final = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""


def _instant(column: str) -> str:
    return f"to_char({column} AT TIME ZONE 'UTC', {_INSTANT}) AS {column}"


_LENGTHS: Final = ", ".join(
    [f"stay_lengths[{place}] AS stays_below_{edge}_min" for place, edge in enumerate(EDGES_MIN, 1)]
    + [f"stay_lengths[{len(EDGES_MIN) + 1}] AS stays_longer"]
)
_CHANGES: Final = (
    f"{_instant('at')}, space_id, zone_id, status, previous_status, belief, {_instant('since')},"
    f" {_instant('observed_at')}, evidence, device_id, confidence, reason"
)
_READINGS: Final = (
    f"{_instant('received_at')}, {_instant('observed_at')}, device_id, space_id, zone_id, kind, status, disposition,"
    f" source, trusted, session, sequence, event_id, confidence, battery_v, battery_pct, temperature_c, fault,"
    f" {_instant('device_at')}, {_instant('gateway_at')}, {_instant('server_at')}, previous_least_s, previous_below_s"
)
_HOURS: Final = (
    f"zone_id, kind, {_instant('hour')}, spaces, known_s, occupied_s, full_s, unknown_s, disbelieved_s,"
    f" round(occupied_s::numeric / nullif(known_s, 0), 4) AS occupancy,"
    f" round(unknown_s::numeric / (spaces * 3600), 4) AS unknown_share, stays AS stays_begun, {_LENGTHS},"
    " moments[1] AS known_at_hour, moments[2] AS occupied_at_hour,"
    " moments[3] AS known_at_half_past, moments[4] AS occupied_at_half_past"
)
_MOMENTS: Final = f"""(
    SELECT zone_id, zone_id || ':' || kind AS facility_id, hour + past AS timestamp, known AS capacity, occupied
    FROM occupancy_hour CROSS JOIN LATERAL (
        VALUES (interval '0', moments[1], moments[2]), (interval '30 minutes', moments[3], moments[4])
    ) AS moment (past, known, occupied)
    WHERE hour > $1::timestamptz - interval '1 hour' AND hour < $2::timestamptz AND known > 0 AND known >= {LEAST_KNOWN} * spaces
) AS told"""  # noqa: S608 - a constant of this room
"""As counts of facilities, which forecasts are evaluated on: of what was known, where that was enough to tell of the place."""


class _Source(NamedTuple):
    columns: str
    table: str
    key: str
    order: str


_SOURCES: Final[dict[What, _Source]] = {
    "changes": _Source(_CHANGES, "space_state_change", "at", "at, shard, change_id, item"),
    "readings": _Source(_READINGS, "observation", "received_at", "received_at, shard, entry_id, item"),
    "hours": _Source(_HOURS, "occupancy_hour", "hour", "hour, zone_id, kind"),
    "moments": _Source(
        f"facility_id, {_instant('timestamp')}, capacity, occupied",
        _MOMENTS,
        "timestamp",
        "told.timestamp, facility_id",
    ),
}
Sink = Callable[[bytes], Awaitable[None]]


async def export_csv(
    session: AsyncSession, what: What, start: datetime, end: datetime, sink: Sink, *, zone_id: str | None = None
) -> int:
    """Rows of `[start, end)` in the order of their instants with a line of heads, piece by piece to `sink`; how many rows.

    Instants are RFC 3339 in UTC; what is not known is empty.
    """
    connection = await session.connection()
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the session has no driver connection")
    columns, table, key, order = _SOURCES[what]
    query = (
        f"SELECT {columns} FROM {table} WHERE {key} >= $1 AND {key} < $2"  # noqa: S608 - constants of this file
        f" AND ($3::text IS NULL OR zone_id = $3) ORDER BY {order}"
    )
    status: str = await driver.copy_from_query(
        query, start, end, zone_id, output=sink, format="csv", header=True, timeout=WITHIN_S
    )
    return int(status.rpartition(" ")[2])
