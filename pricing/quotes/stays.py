"""A stay as pricing reads it: its charged interval, whose it is, and when no time accrued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from parking.domain.errors import NotFoundError
from parking.domain.time_span import TimeSpan
from parking.events.session import SessionSource
from parking.sessions.model import Gap, GapReason
from parking.sessions.tables import SessionRow
from pricing.fees.model import Uncharged
from pricing.rates.model import Energy, VehicleClass

_WHY: Final[Mapping[GapReason, str]] = MappingProxyType(
    {
        "silent": "设备无信号 / the device was silent",
        "fault": "设备故障 / the device was faulty",
        "uncertain": "状态不明 / the state was uncertain",
        "restricted": "泊位暂停使用 / the space was closed",
        "contradicted": "证据矛盾 / the evidence was contradictory",
    }
)


@dataclass(frozen=True, kw_only=True)
class Stayed:
    """`[started_at, ended_at)` favours the driver already; the gaps do not count."""

    session_id: str
    space_id: str
    zone_id: str
    started_at: datetime
    ended_at: datetime | None
    start_source: SessionSource
    vehicle_class: VehicleClass
    energy: Energy | None
    plate_token: str | None
    gaps: tuple[Gap, ...]
    paused_at: datetime | None
    pause_reason: GapReason | None

    def uncharged(self, until: datetime) -> tuple[Uncharged, ...]:
        """The gaps before `until`, the present one included, with the words shown to the payer."""
        gaps = self.gaps
        if self.paused_at is not None and self.pause_reason is not None and self.paused_at < until:
            gaps = (*gaps, Gap(self.paused_at, until, self.pause_reason))
        return tuple(
            Uncharged(span=TimeSpan(gap.start, gap.end), why=_WHY[gap.reason]) for gap in gaps if gap.start < gap.end
        )


async def read_stay(session: AsyncSession, session_id: str) -> Stayed:
    """Raise `NotFoundError` (`session_unknown`)."""
    columns = SessionRow.__table__.c
    wanted = (columns[name] for name in Stayed.__dataclass_fields__)
    row = (await session.execute(select(*wanted).where(columns.session_id == session_id))).one_or_none()
    if row is None:
        raise NotFoundError("there is no such stay", code="session_unknown")
    facts = dict(row._mapping)  # noqa: SLF001 - the public way to name the columns of a row
    facts["gaps"] = msgspec.convert(facts["gaps"], tuple[Gap, ...])
    return Stayed(**facts)
