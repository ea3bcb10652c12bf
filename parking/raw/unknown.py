"""Devices that speak and that nobody has registered: found in what was kept, held for a person, bounded against floods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import from_micros
from parking.domain.errors import NotFoundError
from parking.occupancy.history_rows import storable
from parking.raw.model import RawMessage, RawRef
from parking.raw.tables import UnknownDeviceRow

NEW_PER_DAY: Final = 2_000
"""Held of one day at most: more than the biggest day of a retrofit. The frames of the others are kept all the same."""
LONGEST_ID: Final = 128
_COLUMNS: Final = (UnknownDeviceRow.source, UnknownDeviceRow.wire_id)
_key: Final = tuple_(*_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class UnknownDevice:
    """What is known of a device that nobody knows."""

    source: str
    wire_id: str
    first_seen: datetime
    last_seen: datetime
    frames: int
    last_raw: str
    rejected_at: datetime | None
    rejected_by: str | None


@dataclass(slots=True)
class _Sighting:
    first_seen: datetime
    last_seen: datetime
    frames: int
    last_raw: str


class Sightings:
    """What some messages tell of unknown devices, gathered before it is written."""

    def __init__(self) -> None:
        self._by_device: dict[tuple[str, str], _Sighting] = {}

    def add(self, ref: RawRef, message: RawMessage) -> None:
        for outcome in message.outcomes:
            if outcome.kind == "unknown_device" and outcome.device_id:
                key = str(storable(message.source)), str(storable(outcome.device_id))[:LONGEST_ID]
                self._add(key, from_micros(ref.received_at), str(ref))

    def _add(self, key: tuple[str, str], at: datetime, raw: str) -> None:
        seen = self._by_device.get(key)
        if seen is None:
            self._by_device[key] = _Sighting(at, at, 1, raw)
        else:
            seen.last_seen, seen.last_raw = at, raw
            seen.frames += 1

    async def write(self, session: AsyncSession, *, new_per_day: int = NEW_PER_DAY) -> None:
        """Hold the devices; of new ones at most as many as the day has room for."""
        if not self._by_device:
            return
        keys = sorted(self._by_device)
        held = {(source, wire_id) for source, wire_id in await session.execute(select(*_COLUMNS).where(_key.in_(keys)))}
        new = [key for key in keys if key not in held]
        room = new_per_day - await _begun_on(session, self._by_device[keys[0]].last_seen) if new else 0
        taken = [*held, *new[: max(0, room)]]
        if taken:
            await session.execute(_upsert([(key, self._by_device[key]) for key in sorted(taken)]))


async def unknown_devices(
    session: AsyncSession, *, source: str | None = None, after: tuple[str, str] | None = None, limit: int = 100
) -> list[UnknownDevice]:
    """Those that wait for a person, by source and id; `after` are source and id of the last one of the page before."""
    query = select(UnknownDeviceRow.__table__).where(UnknownDeviceRow.rejected_at.is_(None))
    if source is not None:
        query = query.where(UnknownDeviceRow.source == source)
    if after is not None:
        query = query.where(_key > after)
    rows = await session.execute(query.order_by(*_COLUMNS).limit(limit))
    return [UnknownDevice(**row) for row in rows.mappings()]


async def unknown_device(session: AsyncSession, wire_id: str) -> list[UnknownDevice]:
    """What is held under that id, one for each source; rejected ones as well."""
    query = select(UnknownDeviceRow.__table__).where(UnknownDeviceRow.wire_id == wire_id)
    rows = await session.execute(query.order_by(UnknownDeviceRow.source))
    return [UnknownDevice(**row) for row in rows.mappings()]


async def forget_unknown(session: AsyncSession, wire_id: str, *, source: str | None = None) -> None:
    """It is registered now."""
    await session.execute(delete(UnknownDeviceRow).where(*_named(wire_id, source)))


async def reject_unknown(
    session: AsyncSession, wire_id: str, *, by: str, at: datetime, source: str | None = None
) -> None:
    """It is none of the city's and stays quiet. Raises NotFoundError `unknown_device_not_held`."""
    statement = update(UnknownDeviceRow).where(*_named(wire_id, source)).values(rejected_at=at, rejected_by=by)
    if (await session.execute(statement.returning(UnknownDeviceRow.source))).first() is None:
        raise NotFoundError("no device is held under that id", code="unknown_device_not_held")


async def forget_unheard(session: AsyncSession, before: datetime) -> None:
    """What has not spoken since then, and whose messages are gone."""
    await session.execute(delete(UnknownDeviceRow).where(UnknownDeviceRow.last_seen < before))


def _named(wire_id: str, source: str | None) -> list[ColumnElement[bool]]:
    named: list[ColumnElement[bool]] = [UnknownDeviceRow.wire_id == wire_id]
    return named if source is None else [*named, UnknownDeviceRow.source == source]


async def _begun_on(session: AsyncSession, day: datetime) -> int:
    begin = day.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    count = select(func.count()).select_from(UnknownDeviceRow).where(UnknownDeviceRow.first_seen >= begin)
    return (await session.execute(count)).scalar_one()


def _upsert(sightings: Sequence[tuple[tuple[str, str], _Sighting]]) -> Insert:
    statement = insert(UnknownDeviceRow).values(
        [
            {
                "source": source,
                "wire_id": wire_id,
                "first_seen": seen.first_seen,
                "last_seen": seen.last_seen,
                "frames": seen.frames,
                "last_raw": seen.last_raw,
            }
            for (source, wire_id), seen in sightings
        ]
    )
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=_COLUMNS,
        set_={
            "last_seen": new.last_seen,
            "last_raw": new.last_raw,
            "frames": UnknownDeviceRow.frames + new.frames,
        },
    )
