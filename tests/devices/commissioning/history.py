"""What devices said, put into history in the form in which its writer puts it there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.clock import to_micros
from parking.occupancy.copy_form import observation_rows
from parking.occupancy.evidence import EvidenceKind, Observation, SensedStatus
from parking.occupancy.history_rows import judged
from parking.occupancy.model import ChangeBatch
from parking.occupancy.partitions import ensure_partitions
from parking.occupancy.repository import copy_rows

_entries: Final = count(1)
Word = tuple[datetime, EvidenceKind, SensedStatus | None]


async def tell(session: AsyncSession, device_id: str, space_id: str, words: Sequence[Word]) -> None:
    """Each word arrives five seconds after it was seen."""
    await ensure_partitions(session, {at.date().replace(day=1) for at, _, _ in words})
    observations = [
        Observation(
            device_id=device_id,
            space_id=space_id,
            zone_id="zone-1",
            kind=kind,
            status=status,
            observed_at=to_micros(at),
            received_at=to_micros(at + timedelta(seconds=5)),
            silence_s=180,
            sequence=number,
            battery_v=3.6,
        )
        for number, (at, kind, status) in enumerate(words)
    ]
    entry = f"{next(_entries)}-0"
    batch = ChangeBatch(at=0, changes=[], counts=[], read=[(entry, b"t" * len(words))])
    await copy_rows(session, [observation_rows(judged(0, batch, {entry: observations}))], [])
