"""All SQL of cameras. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras.model import Camera, Mode, Passing
from devices.cameras.tables import CameraMessageRow, CameraRow
from devices.inventory.tables import DeviceRow

CHANNEL: Final = "parking_camera_messages"
"""PostgreSQL notification that a message waits to be worked off."""
COPIES_KNOWN_FOR: Final = timedelta(days=1)
"""So long after it was worked off a message is known again."""
_NOTIFY: Final = text("SELECT pg_notify('parking_camera_messages', '')")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A message that waits to be worked off."""

    message_id: str
    camera_id: str
    message_key: str
    adapter: str
    media_type: str
    event: str
    received_at: datetime
    tries: int
    key_id: str
    sealed: bytes = field(repr=False)


async def put(session: AsyncSession, camera: Camera, *, at: datetime) -> None:
    """Add or replace."""
    key_id, sealed = camera.secret or (None, None)
    values: dict[str, Any] = {
        name: getattr(camera, name)
        for name in ("adapter", "mode", "address", "zone", "channel", "username", "facility_id", "passing")
    }
    values |= {"interval_s": camera.interval_s, "key_id": key_id, "sealed": sealed}
    row = insert(CameraRow).values(camera_id=camera.camera_id, added_at=at, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[CameraRow.camera_id], set_=values))


async def find(session: AsyncSession, camera_id: str) -> Camera | None:
    row = await session.get(CameraRow, camera_id, populate_existing=True)
    return None if row is None else _camera(row)


async def listed(session: AsyncSession, *, mode: Mode | None = None) -> list[Camera]:
    """By id."""
    query = select(CameraRow).order_by(CameraRow.camera_id).execution_options(populate_existing=True)
    rows = await session.scalars(query if mode is None else query.where(CameraRow.mode == mode))
    return [_camera(row) for row in rows]


async def bays(session: AsyncSession, camera_id: str) -> list[str]:
    """The devices in use that its bays are, by id."""
    query = select(DeviceRow.device_id).where(
        DeviceRow.device_id.startswith(f"{camera_id}:", autoescape=True), DeviceRow.removed_at.is_(None)
    )
    return list(await session.scalars(query.order_by(DeviceRow.device_id)))


async def drop(session: AsyncSession, camera_id: str) -> None:
    await session.execute(delete(CameraRow).where(CameraRow.camera_id == camera_id))


async def file_message(session: AsyncSession, waiting: Waiting) -> bool:
    """False for a copy of one that waits, or that was worked off within a day."""
    values = {name: getattr(waiting, name) for name in waiting.__dataclass_fields__}
    row = insert(CameraMessageRow).values(due_at=waiting.received_at, **values).on_conflict_do_nothing()
    filed = await session.scalar(row.returning(CameraMessageRow.message_id))
    if filed is not None:
        await session.execute(_NOTIFY)
    return filed is not None


async def take_due(session: AsyncSession, now: datetime) -> Waiting | None:
    """The message that has been due longest, locked: several workers never have the same one."""
    query = (
        select(CameraMessageRow)
        .where(CameraMessageRow.due_at <= now, CameraMessageRow.sealed.is_not(None))
        .order_by(CameraMessageRow.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = await session.scalar(query)
    if row is None or row.sealed is None:
        return None
    return Waiting(**{name: getattr(row, name) for name in Waiting.__dataclass_fields__})


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next message is to be worked off."""
    query = select(CameraMessageRow.due_at).where(CameraMessageRow.sealed.is_not(None))
    due: datetime | None = await session.scalar(query.order_by(CameraMessageRow.due_at).limit(1))
    return due


async def put_off(session: AsyncSession, message_id: str, *, tries: int, due_at: datetime) -> None:
    await _set(session, message_id, tries=tries, due_at=due_at)


async def settle(session: AsyncSession, message_id: str) -> None:
    """Done with: the body goes at once, what identifies it after a day."""
    await _set(session, message_id, sealed=None)


async def forget_settled(session: AsyncSession, before: datetime) -> int:
    """Forget messages received before that instant and done with; answers how many."""
    statement = delete(CameraMessageRow).where(CameraMessageRow.sealed.is_(None), CameraMessageRow.received_at < before)
    gone: Sequence[str] = (await session.scalars(statement.returning(CameraMessageRow.message_id))).all()
    return len(gone)


async def _set(session: AsyncSession, message_id: str, **values: object) -> None:
    await session.execute(
        update(CameraMessageRow)
        .where(CameraMessageRow.message_id == message_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _camera(row: CameraRow) -> Camera:
    return Camera(
        camera_id=row.camera_id,
        adapter=row.adapter,
        mode=cast("Mode", row.mode),
        address=row.address,
        zone=row.zone,
        channel=row.channel,
        username=row.username,
        secret=None if row.key_id is None or row.sealed is None else (row.key_id, row.sealed),
        facility_id=row.facility_id,
        passing=cast("Passing | None", row.passing),
        interval_s=row.interval_s,
    )
