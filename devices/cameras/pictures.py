"""Keeps the pictures of a message as evidence of what they show."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from devices.cameras.model import is_event
from devices.cameras.subjects import Subject
from devices.inventory.model import Directory
from devices.ports import Picture
from parking.domain.errors import ConflictError, InvalidInputError
from parking.evidence.model import Upload
from parking.evidence.service import EvidenceStore
from parking.sessions import pictures as stay_pictures

_log = logging.getLogger(__name__)


async def keep(
    session: AsyncSession,
    store: EvidenceStore,
    subjects: Sequence[Subject],
    *,
    registry: Directory,
    by: str,
    now: datetime,
) -> list[str]:
    """Keep each picture once, under the first space that something happened on; the stays of all of them get it as proof.

    A picture that cannot be kept (too large, none at all) is told in the log and holds up nothing. Answers the ids.
    """
    shown = [subject for subject in subjects if is_event(subject.sighting)]
    if not shown:
        return []
    first = shown[0]
    entry = registry.entries.get(first.place.device_id)
    district_id = "" if entry is None else entry.district_id
    kept: list[str] = []
    for picture in first.sighting.pictures:
        if not picture.content:
            continue
        upload = Upload(
            content=picture.content,
            captured_at=first.at,
            source="camera",
            by=by,
            district_id=district_id,
            session_id=None if first.stay is None else first.stay.session_id,
            space_id=first.place.space_id,
        )
        evidence_id = await _kept(session, store, upload, picture, by, now)
        if evidence_id is not None:
            kept.append(evidence_id)
            await _attach(session, shown, evidence_id, by)
    return kept


async def _kept(
    session: AsyncSession, store: EvidenceStore, upload: Upload, picture: Picture, by: str, now: datetime
) -> str | None:
    try:
        async with session.begin_nested():
            item = await store.keep(session, upload, at=now)
    except InvalidInputError as error:
        _log.warning("a picture (%s) of %s is not kept: %s", picture.role, by, error.code)
        return None
    return item.evidence_id


async def _attach(session: AsyncSession, shown: Sequence[Subject], evidence_id: str, by: str) -> None:
    for session_id, at in {
        subject.stay.session_id: subject.at for subject in shown if subject.stay is not None
    }.items():
        try:
            await stay_pictures.attach(session, session_id, evidence_id, taken_at=at, source="sensor", by=by)
        except ConflictError as error:
            _log.info("a picture of %s belongs to a stay that is forgotten: %s", by, error.code)
