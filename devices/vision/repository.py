"""All SQL of outlined views. Functions take the session of the caller's transaction and never end it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.vision.outlines import Outline, decode_outlines
from devices.vision.tables import CameraViewRow


@dataclass(frozen=True, kw_only=True)
class StoredView:
    """What a camera is looked at with; `sight` as `view.Sight.packed`."""

    camera_id: str
    outlines: tuple[Outline, ...]
    sight: bytes | None
    drawn_at: datetime
    drawn_by: str


async def put(session: AsyncSession, view: StoredView) -> None:
    """Add, or replace outlines and reference together: new outlines are drawn on a new picture."""
    values = {
        "outlines": {"outlines": msgspec.to_builtins(view.outlines)},
        "sight": view.sight,
        "drawn_at": view.drawn_at,
        "drawn_by": view.drawn_by,
    }
    row = insert(CameraViewRow).values(camera_id=view.camera_id, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[CameraViewRow.camera_id], set_=values))


async def listed(session: AsyncSession) -> Sequence[StoredView]:
    """By camera."""
    query = select(CameraViewRow).order_by(CameraViewRow.camera_id).execution_options(populate_existing=True)
    return [_view(row) for row in await session.scalars(query)]


async def remember(session: AsyncSession, view: StoredView, sight: bytes) -> None:
    """Keep the first frame as the reference, unless the outlines were drawn anew meanwhile."""
    statement = update(CameraViewRow).where(
        CameraViewRow.camera_id == view.camera_id,
        CameraViewRow.drawn_at == view.drawn_at,
        CameraViewRow.sight.is_(None),
    )
    await session.execute(statement.values(sight=sight))


def _view(row: CameraViewRow) -> StoredView:
    return StoredView(
        camera_id=row.camera_id,
        outlines=tuple(decode_outlines(msgspec.json.encode(row.outlines))),
        sight=row.sight,
        drawn_at=row.drawn_at,
        drawn_by=row.drawn_by,
    )
