"""Which device watches which space. The exclusion constraint of the table is the judge of overlaps."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import ConflictError, NotFoundError, ParkingError
from parking.domain.ids import DistrictId, SpaceId, ZoneId
from parking.domain.time_span import TimeSpan
from parking.places.model import Binding

# DO NOTHING covers exclusion constraints, rows of the same statement included; what does not return was refused.
_BIND = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:devices AS text[]), CAST(:spaces AS text[]), CAST(:starts AS timestamptz[]))
            WITH ORDINALITY AS w(device_id, space_id, start_at, place)
    ), known AS (
        SELECT w.* FROM wanted w JOIN space s ON s.space_id = w.space_id AND s.removed_at IS NULL
    ), bound AS (
        INSERT INTO device_binding (device_id, space_id, valid)
        SELECT device_id, space_id, tstzrange(start_at, NULL) FROM known ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING device_id, space_id, lower(valid) AS start_at
    )
    SELECT w.place, k.place IS NOT NULL AS known, b.device_id IS NOT NULL AS bound
    FROM wanted w
    LEFT JOIN known k ON k.place = w.place
    LEFT JOIN bound b ON (b.device_id, b.space_id, b.start_at) = (w.device_id, w.space_id, w.start_at)
    ORDER BY w.place
""")

_COLUMNS = """
    b.device_id, b.space_id, s.zone_id, z.district_id, lower(b.valid) AS start_at, upper(b.valid) AS end_at
    FROM device_binding b JOIN space s ON s.space_id = b.space_id JOIN zone z ON z.zone_id = s.zone_id
"""

_LIST = text(f"""
    SELECT {_COLUMNS}
    WHERE (:with_removed OR s.removed_at IS NULL)
      AND b.valid && tstzrange(:start_at, :end_at)
      AND (:any_device OR b.device_id = ANY(CAST(:device_ids AS text[])))
      AND (:any_space OR b.space_id = ANY(CAST(:space_ids AS text[])))
    ORDER BY b.device_id, start_at
""")

_OPEN = text(f"""
    SELECT {_COLUMNS}
    WHERE b.device_id = :device_id AND b.valid @> CAST(:at AS timestamptz)
    FOR UPDATE OF b
""")

# A binding that ends in the moment it began never was.
_END = text("""
    UPDATE device_binding SET valid = tstzrange(lower(valid), :at)
    WHERE device_id = :device_id AND valid @> CAST(:at AS timestamptz) AND lower(valid) < :at
""")
_DROP = text("DELETE FROM device_binding WHERE device_id = :device_id AND lower(valid) = :at")


class NewBinding(NamedTuple):
    """A wish: this device watches this space from `start` (aware) until further notice."""

    device_id: str
    space_id: str
    start: datetime


async def bind_many(session: AsyncSession, wishes: Sequence[NewBinding]) -> dict[int, ParkingError]:
    """Bind what can be bound, in order, and say by index why the others were refused.

    Codes: `space_unknown` (also for one taken out of the inventory), `device_already_bound` (the device has a
    binding that overlaps, or an earlier wish of the same call has bound it).
    """
    rows = await session.execute(
        _BIND,
        {
            "devices": [wish.device_id for wish in wishes],
            "spaces": [wish.space_id for wish in wishes],
            "starts": [wish.start for wish in wishes],
        },
    )
    refused: dict[int, ParkingError] = {}
    seen: set[NewBinding] = set()
    for row, (index, wish) in zip(rows, enumerate(wishes), strict=True):
        if not row.known:
            refused[index] = NotFoundError(f"there is no space {wish.space_id}", code="space_unknown")
        elif not row.bound or wish in seen:
            refused[index] = ConflictError(
                f"device {wish.device_id} is bound at {wish.start.isoformat()} or later", code="device_already_bound"
            )
        seen.add(wish)
    return refused


async def bind(session: AsyncSession, device_id: str, space_id: str, start: datetime) -> Binding:
    """Raises NotFoundError `space_unknown` and ConflictError `device_already_bound`; the transaction stays usable."""
    refused = await bind_many(session, [NewBinding(device_id, space_id, start)])
    if refused:
        raise refused[0]
    (binding,) = await bindings(session, TimeSpan(start), device_ids=[device_id])
    return binding


async def unbind(session: AsyncSession, device_id: str, at: datetime) -> Binding:
    """End the binding in force at `at` and return it as it was; raises NotFoundError `device_not_bound`."""
    row = (await session.execute(_OPEN, {"device_id": device_id, "at": at})).one_or_none()
    if row is None:
        raise NotFoundError(f"device {device_id} is bound to no space", code="device_not_bound")
    for statement in (_END, _DROP):
        await session.execute(statement, {"device_id": device_id, "at": at})
    return _binding(row)


async def bindings(
    session: AsyncSession,
    during: TimeSpan,
    *,
    device_ids: Collection[str] | None = None,
    space_ids: Collection[str] | None = None,
    with_removed: bool = False,
) -> list[Binding]:
    """Bindings in force at any moment of `during`, of all devices or those named, to all spaces or those named.

    In order of device and start; spaces that have left the inventory only `with_removed`.
    """
    rows = await session.execute(
        _LIST,
        {
            "start_at": during.start,
            "end_at": during.end,
            "with_removed": with_removed,
            "any_device": device_ids is None,
            "device_ids": None if device_ids is None else list(device_ids),
            "any_space": space_ids is None,
            "space_ids": None if space_ids is None else list(space_ids),
        },
    )
    return [_binding(row) for row in rows]


def _binding(row: Row[tuple[object, ...]]) -> Binding:
    return Binding(
        device_id=row.device_id,
        space_id=SpaceId(row.space_id),
        zone_id=ZoneId(row.zone_id),
        district_id=DistrictId(row.district_id),
        valid=TimeSpan(row.start_at, row.end_at),
    )
